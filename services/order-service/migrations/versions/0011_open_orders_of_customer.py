"""The open orders of a customer, which each new one counts."""

import sqlalchemy as sa
from alembic import op

revision = "order_0011"
down_revision = "order_0010"
branch_labels = None
depends_on = None

OPEN = "status IN ('pending', 'placed', 'paid', 'assigned', 'picked_up', 'cancelling')"


def upgrade() -> None:
    """Create the index, which has the open orders alone."""
    op.create_index("orders_open_of_customer", "orders", ["customer_id"], postgresql_where=sa.text(OPEN))


def downgrade() -> None:
    """Drop it."""
    op.drop_index("orders_open_of_customer", "orders")
