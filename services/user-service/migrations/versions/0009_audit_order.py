"""Indexes of the audit by time, and by action and time."""

from alembic import op

revision = "user_0009"
down_revision = "user_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes; the table is small, so the lock is short."""
    op.create_index("audit_entries_at_id_idx", "audit_entries", ["at", "id"])
    op.create_index("audit_entries_action_at_id_idx", "audit_entries", ["action", "at", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("audit_entries_action_at_id_idx", "audit_entries")
    op.drop_index("audit_entries_at_id_idx", "audit_entries")
