"""All endings of an order: cancelled, undeliverable, erased; and the timers of open orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "order_0002"
down_revision = "order_0001"
branch_labels = None
# Open orders get their timers in the chassis's table.
depends_on = "chassis_0001"

MOMENT = sa.DateTime(timezone=True)
BEFORE = "'pending', 'placed', 'paid', 'assigned', 'picked_up', 'delivered', 'payment_failed', 'rejected'"
STATUS = f"{BEFORE}, 'cancelling', 'cancelled', 'undeliverable'"
PARTY = "'customer', 'restaurant', 'admin', 'system'"
FLAGS = ("paid", "payment_closed", "delivery_closed", "needs_attention", "customer_erased")
CHECKS = {
    "status": f"status IN ({STATUS})",
    "cancelled_by": f"cancelled_by IN ({PARTY})",
    "keep": "keep BETWEEN 0 AND total",
    "cancellation": "status NOT IN ('cancelling', 'cancelled') OR keep IS NOT NULL",
    "confirmed": "status <> 'cancelled' OR (payment_closed AND delivery_closed)",
}
LEARN = (
    """
    UPDATE orders SET
        accepted_at = (SELECT at FROM order_history WHERE order_id = id AND event = 'order.accepted'),
        paid = EXISTS (SELECT FROM order_history WHERE order_id = id AND event = 'order.paid'),
        payment_closed = status = 'payment_failed',
        delivery_closed = status = 'delivered'
    """,
    """
    UPDATE order_history SET driver_id = orders.driver_id FROM orders
    WHERE order_id = id AND to_status IN ('assigned', 'picked_up', 'delivered')
    """,
    """
    INSERT INTO deadlines (name, subject, due_at)
    SELECT 'payment.unanswered', id, now() + interval '5 minutes' FROM orders WHERE status = 'pending'
    UNION ALL
    SELECT 'restaurant.silent', id, now() + interval '10 minutes' FROM orders
    WHERE status = 'placed' AND kitchen = 'waiting'
    """,
)


def upgrade() -> None:
    """Add columns, and fill them from the history of older orders."""
    op.add_column("orders", sa.Column("accepted_at", MOMENT))
    op.add_column("orders", sa.Column("cancelled_by", sa.String(20)))
    op.add_column("orders", sa.Column("keep", sa.Integer()))
    for flag in FLAGS:
        op.add_column("orders", sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))
        op.alter_column("orders", flag, server_default=None)
    op.add_column("orders", sa.Column("lost_drivers", JSONB(), nullable=False, server_default="[]"))
    op.alter_column("orders", "lost_drivers", server_default=None)
    op.drop_constraint(op.f("ck_orders_status"), "orders")
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_orders_{name}"), "orders", condition)
    op.add_column("order_history", sa.Column("driver_id", sa.Uuid()))
    op.alter_column("order_history", "event", nullable=True)
    for statement in LEARN:
        op.execute(statement)


def downgrade() -> None:
    """Revert; fails while an order has an ending that the earlier release does not have."""
    op.execute("DELETE FROM deadlines WHERE name IN ('payment.unanswered', 'restaurant.slow', 'restaurant.silent')")
    op.alter_column("order_history", "event", nullable=False)
    op.drop_column("order_history", "driver_id")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_orders_{name}"), "orders")
    op.create_check_constraint(op.f("ck_orders_status"), "orders", f"status IN ({BEFORE})")
    for column in (*FLAGS, "lost_drivers", "keep", "cancelled_by", "accepted_at"):
        op.drop_column("orders", column)
