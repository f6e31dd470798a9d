"""A deadline remembers the trace it was set in."""

from alembic import op

revision = "chassis_0003"
down_revision = "chassis_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, which a database made by today's first migration has already."""
    op.execute("ALTER TABLE deadlines ADD COLUMN IF NOT EXISTS traceparent text")


def downgrade() -> None:
    """Drop it."""
    op.drop_column("deadlines", "traceparent")
