"""Applications of restaurants; existing ones, and those that the previous release creates, are approved."""

import sqlalchemy as sa
from alembic import op

revision = "menu_0004"
down_revision = "menu_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the standing and its reason."""
    op.add_column("restaurants", sa.Column("standing", sa.String(20), server_default="approved", nullable=False))
    op.add_column("restaurants", sa.Column("standing_reason", sa.String()))
    op.create_check_constraint(
        op.f("restaurants_standing"), "restaurants", "standing IN ('pending', 'approved', 'rejected', 'suspended')"
    )


def downgrade() -> None:
    """Drop them: every restaurant is approved again."""
    op.drop_column("restaurants", "standing_reason")
    op.drop_column("restaurants", "standing")
