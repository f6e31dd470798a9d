"""What the last `foodctl verify` has found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "order_0012"
down_revision = "order_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "last_verification",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("last_verification_single_check")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("last_verification")
