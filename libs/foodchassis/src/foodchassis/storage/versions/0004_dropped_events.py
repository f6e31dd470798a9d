"""Events that operators dropped, and the time since which events are counted."""

from alembic import op
from sqlalchemy import insert, text

from foodchassis.kernel.types import new_id
from foodchassis.storage.tables import dropped_events, outbox_counted, outbox_published

revision = "chassis_0004"
down_revision = "chassis_0003"
branch_labels = None
depends_on = None

# A table that this transaction has created is not older than it.
OLDER = "SELECT age(xmin) > 0 FROM pg_class WHERE oid = 'inbox'::regclass"


def upgrade() -> None:
    """Create both tables; where events were published before, begin to count with the next."""
    connection = op.get_bind()
    outbox_counted.create(connection)
    dropped_events.create(connection)
    if connection.scalar(text(OLDER)):
        connection.execute(outbox_published.delete())
        connection.execute(insert(outbox_counted).values(since=new_id()))


def downgrade() -> None:
    """Drop them."""
    outbox_counted.drop(op.get_bind())
    dropped_events.drop(op.get_bind())
