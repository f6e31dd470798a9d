"""An order remembers the trace that placed it: what people do to it later, in traces of their own, points there."""

import sqlalchemy as sa
from alembic import op

revision = "order_0003"
down_revision = "order_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; older orders have none."""
    op.add_column("orders", sa.Column("traceparent", sa.String()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("orders", "traceparent")
