"""The trace in which an order was placed, to which later user actions are linked."""

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
