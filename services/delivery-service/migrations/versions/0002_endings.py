"""All endings of a delivery: cancelled, without a driver, undeliverable; and the erasure of users."""

import sqlalchemy as sa
from alembic import op

revision = "delivery_0002"
down_revision = "delivery_0001"
branch_labels = None
# Open deliveries get their timers here.
depends_on = "chassis_0001"

MOMENT = sa.DateTime(timezone=True)
CHECKS = {
    "no_driver": "driver_id IS NULL OR status NOT IN ('searching', 'offered', 'no_driver')",
    "driver": "driver_id IS NOT NULL OR status NOT IN ('assigned', 'picked_up', 'delivered', 'undeliverable')",
    "ended": "(ended_at IS NOT NULL) = (status IN ('delivered', 'no_driver', 'cancelled', 'undeliverable'))",
    "facts": (
        "status = 'cancelled' OR (restaurant_name IS NOT NULL AND pickup IS NOT NULL AND dropoff IS NOT NULL"
        " AND ready_at IS NOT NULL)"
    ),
}
CHECKS_BEFORE = {
    "no_driver": "driver_id IS NULL OR status NOT IN ('searching', 'offered')",
    "driver": "driver_id IS NOT NULL OR status NOT IN ('assigned', 'picked_up', 'delivered')",
}
FACTS = ("restaurant_name", "pickup", "dropoff", "ready_at")
TIMERS = """
    INSERT INTO deadlines (name, subject, due_at)
    SELECT 'delivery.overdue', id, now() + CASE status WHEN 'assigned' THEN interval '3 min' ELSE interval '15 min' END
    FROM deliveries WHERE status IN ('searching', 'offered', 'assigned')
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Add columns for the endings, and set the timers of open deliveries."""
    for column in FACTS:
        op.alter_column("deliveries", column, nullable=True)
    op.add_column("deliveries", sa.Column("customer_erased", sa.Boolean))
    op.add_column("deliveries", sa.Column("searching_since", MOMENT))
    op.add_column("deliveries", sa.Column("ended_at", MOMENT))
    op.execute(
        "UPDATE deliveries SET customer_erased = false, searching_since = created_at,"
        " ended_at = CASE WHEN status = 'delivered' THEN delivered_at END"
    )
    op.alter_column("deliveries", "customer_erased", nullable=False)
    op.alter_column("deliveries", "searching_since", nullable=False)
    _replace_checks(CHECKS_BEFORE, CHECKS)
    op.create_table(
        "erasures",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("erased_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="erasures_pkey"),
    )
    op.execute(TIMERS)


def downgrade() -> None:
    """Revert; deliveries with endings that the earlier release does not have are lost."""
    op.drop_table("erasures")
    op.execute("DELETE FROM deadlines WHERE name = 'delivery.overdue'")
    op.execute(
        "DELETE FROM offers WHERE status IN ('withdrawn', 'abandoned', 'failed') OR delivery_id IN"
        " (SELECT id FROM deliveries WHERE status IN ('no_driver', 'cancelled', 'undeliverable'))"
    )
    op.execute("DELETE FROM deliveries WHERE status IN ('no_driver', 'cancelled', 'undeliverable')")
    _replace_checks(CHECKS, CHECKS_BEFORE)
    for column in ("ended_at", "searching_since", "customer_erased"):
        op.drop_column("deliveries", column)
    for column in FACTS:
        op.alter_column("deliveries", column, nullable=False)


def _replace_checks(before: dict[str, str], after: dict[str, str]) -> None:
    for name in before:
        op.drop_constraint(f"deliveries_{name}_check", "deliveries", type_="check")
    for name, says in after.items():
        op.create_check_constraint(f"deliveries_{name}_check", "deliveries", says)
