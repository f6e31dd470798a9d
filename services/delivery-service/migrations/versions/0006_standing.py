"""Applications of drivers; existing drivers, and those that the previous release creates, are approved."""

import sqlalchemy as sa
from alembic import op

revision = "delivery_0006"
down_revision = "delivery_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the standing and its reason."""
    op.add_column("drivers", sa.Column("standing", sa.String(20), server_default="approved", nullable=False))
    op.add_column("drivers", sa.Column("standing_reason", sa.String()))
    op.create_check_constraint(
        op.f("drivers_standing_check"), "drivers", "standing IN ('pending', 'approved', 'rejected', 'suspended')"
    )


def downgrade() -> None:
    """Drop them: every driver is approved again."""
    op.drop_column("drivers", "standing_reason")
    op.drop_column("drivers", "standing")
