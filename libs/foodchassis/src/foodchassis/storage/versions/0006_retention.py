"""The number of deleted inbox rows, and indexes that find old rows."""

from alembic import op

from foodchassis.storage.tables import inbox_pruned

revision = "chassis_0006"
down_revision = "chassis_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the indexes, which a database created by the current first migration already has."""
    inbox_pruned.create(op.get_bind())
    op.create_index("inbox_received", "inbox", ["received_at"], if_not_exists=True)
    op.create_index("idempotency_keys_created", "idempotency_keys", ["created_at"], if_not_exists=True)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("idempotency_keys_created", "idempotency_keys")
    op.drop_index("inbox_received", "inbox")
    inbox_pruned.drop(op.get_bind())
