"""Orders, their lines and history, and the replica of restaurants and menus."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "order_0001"
down_revision = None
branch_labels = ("order_service",)
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATUS = "'pending', 'placed', 'paid', 'assigned', 'picked_up', 'delivered', 'payment_failed', 'rejected'"
KITCHEN = "'waiting', 'accepted', 'ready', 'handed_over'"


def upgrade() -> None:
    """Create the five tables."""
    op.create_table(
        "menu_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("restaurant_id", sa.Uuid(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("snapshot", JSONB()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_items")),
    )
    op.create_table(
        "orders",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("kitchen", sa.String(20), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("restaurant_id", sa.Uuid(), nullable=False),
        sa.Column("restaurant_name", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("pickup", JSONB(), nullable=False),
        sa.Column("delivery_address", JSONB(), nullable=False),
        sa.Column("auto_accept", sa.Boolean(), nullable=False),
        sa.Column("prep_minutes", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("subtotal", sa.Integer(), nullable=False),
        sa.Column("delivery_fee", sa.Integer(), nullable=False),
        sa.Column("service_fee", sa.Integer(), nullable=False),
        sa.Column("tax", sa.Integer(), nullable=False),
        sa.Column("tip", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ready_at", MOMENT),
        sa.Column("delivery_id", sa.Uuid()),
        sa.Column("driver_id", sa.Uuid()),
        sa.Column("reason", sa.String()),
        sa.CheckConstraint("least(subtotal, delivery_fee, service_fee, tax, tip) >= 0", name=op.f("ck_orders_amounts")),
        sa.CheckConstraint("total = subtotal + delivery_fee + service_fee + tax + tip", name=op.f("ck_orders_total")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_orders_version")),
        sa.CheckConstraint(f"status IN ({STATUS})", name=op.f("ck_orders_status")),
        sa.CheckConstraint(f"kitchen IN ({KITCHEN})", name=op.f("ck_orders_kitchen")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_customer_id_id"), "orders", ["customer_id", "id"])
    op.create_index(op.f("ix_orders_restaurant_id_id"), "orders", ["restaurant_id", "id"])
    op.create_table(
        "restaurants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("snapshot", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restaurants")),
    )
    op.create_table(
        "order_history",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.String(20)),
        sa.Column("to_status", sa.String(20), nullable=False),
        sa.Column("kitchen", sa.String(20), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("correlation_id", sa.String(), nullable=False),
        sa.Column("causation_id", sa.String(), nullable=False),
        sa.Column("trace_id", sa.String()),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_history_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "version", name=op.f("pk_order_history")),
    )
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("menu_item_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("options", JSONB(), nullable=False),
        sa.Column("unit_price", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 50", name=op.f("ck_order_lines_quantity")),
        sa.CheckConstraint("unit_price >= 0 AND total = unit_price * quantity", name=op.f("ck_order_lines_total")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_lines")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("order_lines")
    op.drop_table("order_history")
    op.drop_table("restaurants")
    op.drop_index(op.f("ix_orders_restaurant_id_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_customer_id_id"), table_name="orders")
    op.drop_table("orders")
    op.drop_table("menu_items")
