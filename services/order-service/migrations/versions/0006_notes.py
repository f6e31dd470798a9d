"""Notes of customers, and the orders at an owner's restaurants."""

import sqlalchemy as sa
from alembic import op

revision = "order_0006"
down_revision = "order_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; the release before writes no notes, and needs none."""
    op.add_column("orders", sa.Column("note", sa.String()))
    op.add_column("order_lines", sa.Column("note", sa.String()))
    op.create_index(op.f("ix_orders_owner_id_id"), "orders", ["owner_id", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_orders_owner_id_id"), "orders")
    op.drop_column("order_lines", "note")
    op.drop_column("orders", "note")
