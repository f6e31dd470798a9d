"""The trace in which a deadline was set."""

from alembic import op

revision = "chassis_0003"
down_revision = "chassis_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, which a database created by the current first migration already has."""
    op.execute("ALTER TABLE deadlines ADD COLUMN IF NOT EXISTS traceparent text")


def downgrade() -> None:
    """Drop it."""
    op.drop_column("deadlines", "traceparent")
