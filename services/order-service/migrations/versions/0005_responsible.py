"""The responsible party of an ending, erased users, and a deadline for every open state."""

import sqlalchemy as sa
from alembic import op

revision = "order_0005"
down_revision = "order_0004"
branch_labels = None
depends_on = None

RESPONSIBLE = "responsible IN ('customer', 'restaurant', 'courier', 'platform')"
# Open orders get the deadlines as if they entered their state now.
DEADLINES = """
    INSERT INTO deadlines (name, subject, due_at)
    SELECT name, id, CASE WHEN after_ready THEN greatest(ready_at, now()) ELSE now() END + wait
    FROM orders JOIN (VALUES
        ('placed', 'capture.unanswered', interval '5 minutes', false),
        ('paid', 'delivery.unanswered', interval '1 hour', true),
        ('assigned', 'pickup.overdue', interval '1 hour', true),
        ('picked_up', 'delivery.late', interval '90 minutes', false),
        ('picked_up', 'delivery.lost', interval '190 minutes', false)
    ) AS deadline (state, name, wait, after_ready) ON state = status
    WHERE status <> 'placed' OR kitchen = 'accepted'
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Add the columns and the table; the previous release does not use them."""
    op.add_column("orders", sa.Column("responsible", sa.String(20)))
    op.create_check_constraint(op.f("ck_orders_responsible"), "orders", RESPONSIBLE)
    op.create_table(
        "erased_users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased_users")),
    )
    op.execute(DEADLINES)


def downgrade() -> None:
    """Drop them."""
    op.execute("""
        DELETE FROM deadlines WHERE name IN (
            'capture.unanswered', 'delivery.unanswered', 'pickup.overdue', 'delivery.late', 'delivery.lost'
        )
    """)
    op.drop_table("erased_users")
    op.drop_constraint(op.f("ck_orders_responsible"), "orders")
    op.drop_column("orders", "responsible")
