"""The outbox, inbox, idempotency keys and deadlines of a service."""

from alembic import op

from foodchassis.storage.tables import deadlines, idempotency_keys, inbox, metadata, outbox

revision = "chassis_0001"
down_revision = None
branch_labels = ("foodchassis",)
depends_on = None

TABLES = [outbox, inbox, idempotency_keys, deadlines]


def upgrade() -> None:
    """Create the four tables."""
    metadata.create_all(op.get_bind(), TABLES)


def downgrade() -> None:
    """Drop them."""
    metadata.drop_all(op.get_bind(), TABLES)
