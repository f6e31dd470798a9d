"""A deadline for every open state: late pick-ups and late deliveries."""

from alembic import op

revision = "delivery_0004"
down_revision = "delivery_0003"
branch_labels = None
depends_on = None

# Open deliveries get their timers here; the previous release continues with those that it has.
TIMERS = """
    INSERT INTO deadlines (name, subject, due_at)
    SELECT 'pickup.overdue', id, greatest(ready_at, assigned_at) + interval '30 min'
    FROM deliveries WHERE status = 'assigned'
    UNION ALL
    SELECT timer, id, coalesce(picked_up_at, now()) + wait FROM deliveries, (
        VALUES ('delivery.late', interval '90 min'), ('delivery.lost', interval '3 h')
    ) AS late (timer, wait) WHERE status = 'picked_up'
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Set the timers of open deliveries."""
    op.execute(TIMERS)


def downgrade() -> None:
    """Restore the single timer of the previous release."""
    op.execute("DELETE FROM deadlines WHERE name IN ('pickup.overdue', 'delivery.late', 'delivery.lost')")
    op.execute(
        "DELETE FROM deadlines old USING deadlines new WHERE old.name = 'delivery.overdue'"
        " AND new.name IN ('search.over', 'driver.silent') AND new.subject = old.subject"
    )
    op.execute("UPDATE deadlines SET name = 'delivery.overdue' WHERE name IN ('search.over', 'driver.silent')")
