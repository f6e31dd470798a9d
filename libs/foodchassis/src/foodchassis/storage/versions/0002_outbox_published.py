"""The number of published events per routing key."""

from alembic import op

from foodchassis.storage.tables import outbox_published

revision = "chassis_0002"
down_revision = "chassis_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of counts."""
    outbox_published.create(op.get_bind())


def downgrade() -> None:
    """Drop it."""
    outbox_published.drop(op.get_bind())
