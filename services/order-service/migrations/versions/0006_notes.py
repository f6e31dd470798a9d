"""Notes of customers, contacts of users, the index of an owner's orders, and larger amounts.

Widening the amounts rewrites `orders` and `order_lines`, which are locked meanwhile: about a minute for a million
orders.
"""

import sqlalchemy as sa
from alembic import op

revision = "order_0006"
down_revision = "order_0005"
branch_labels = None
depends_on = None

AMOUNTS = {
    "orders": ("subtotal", "delivery_fee", "service_fee", "tax", "tip", "total", "keep"),
    "order_lines": ("unit_price", "total"),
}


def upgrade() -> None:
    """Add them; the previous release does not use notes."""
    for table, amounts in AMOUNTS.items():
        types = ", ".join(f"ALTER COLUMN {amount} TYPE bigint" for amount in amounts)
        op.execute(f"ALTER TABLE {table} {types}")
    op.add_column("orders", sa.Column("note", sa.String()))
    op.add_column("order_lines", sa.Column("note", sa.String()))
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_orders_owner_id_id"), "orders", ["owner_id", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_orders_owner_id_id"), "orders")
    op.drop_table("contacts")
    op.drop_column("order_lines", "note")
    op.drop_column("orders", "note")
    for table, amounts in AMOUNTS.items():
        types = ", ".join(f"ALTER COLUMN {amount} TYPE integer" for amount in amounts)
        op.execute(f"ALTER TABLE {table} {types}")
