"""An index of open orders."""

import sqlalchemy as sa
from alembic import op

revision = "order_0004"
down_revision = "order_0003"
branch_labels = None
depends_on = None

OPEN = "status IN ('pending', 'placed', 'paid', 'assigned', 'picked_up', 'cancelling')"


def upgrade() -> None:
    """Create the index, which contains only open orders and stays small."""
    op.create_index("ix_orders_open", "orders", ["created_at"], postgresql_where=sa.text(OPEN))


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_orders_open", "orders")
