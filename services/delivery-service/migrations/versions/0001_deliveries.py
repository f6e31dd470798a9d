"""Drivers, deliveries and offers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "delivery_0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ENGAGED = sa.text("status IN ('open', 'accepted')")


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "drivers",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("vehicle", sa.String(20), nullable=False),
        sa.Column("auto_accept", sa.Boolean, nullable=False),
        sa.Column("online", sa.Boolean, nullable=False),
        sa.Column("lat", sa.Float),
        sa.Column("lng", sa.Float),
        sa.Column("located_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(lat IS NULL) = (lng IS NULL) AND (lat IS NULL) = (located_at IS NULL)", name="drivers_position_check"
        ),
        sa.PrimaryKeyConstraint("id", name="drivers_pkey"),
    )
    op.create_index("drivers_online", "drivers", ["lat"], postgresql_where=sa.text("online"))
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("restaurant_id", sa.Uuid, nullable=False),
        sa.Column("restaurant_name", sa.String, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("driver_id", sa.Uuid),
        sa.Column("pickup", JSONB, nullable=False),
        sa.Column("dropoff", JSONB, nullable=False),
        sa.Column("delivery_fee", sa.Integer, nullable=False),
        sa.Column("tip", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("ready_at", MOMENT, nullable=False),
        sa.Column("food_ready_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("assigned_at", MOMENT),
        sa.Column("picked_up_at", MOMENT),
        sa.Column("delivered_at", MOMENT),
        sa.CheckConstraint(
            "driver_id IS NULL OR status NOT IN ('searching', 'offered')", name="deliveries_no_driver_check"
        ),
        sa.CheckConstraint(
            "driver_id IS NOT NULL OR status NOT IN ('assigned', 'picked_up', 'delivered')",
            name="deliveries_driver_check",
        ),
        sa.CheckConstraint("delivery_fee >= 0 AND tip >= 0", name="deliveries_amounts_check"),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.id"], name="deliveries_driver_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="deliveries_pkey"),
        sa.UniqueConstraint("order_id", name="deliveries_order_id_key"),
    )
    op.create_index(
        "deliveries_one_active_per_driver",
        "deliveries",
        ["driver_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('assigned', 'picked_up')"),
    )
    op.create_index("deliveries_waiting", "deliveries", ["id"], postgresql_where=sa.text("status = 'searching'"))
    op.create_index("deliveries_of_customer", "deliveries", ["customer_id", "id"])
    op.create_index("deliveries_of_driver", "deliveries", ["driver_id", "id"])
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("delivery_id", sa.Uuid, nullable=False),
        sa.Column("driver_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("distance_m", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="offers_closed_check"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="offers_delivery_id_fkey"),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.id"], name="offers_driver_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="offers_pkey"),
    )
    op.create_index("offers_driver_asked_once", "offers", ["delivery_id", "driver_id"], unique=True)
    op.create_index("offers_one_engaging_per_driver", "offers", ["driver_id"], unique=True, postgresql_where=ENGAGED)
    op.create_index(
        "offers_one_engaging_per_delivery", "offers", ["delivery_id"], unique=True, postgresql_where=ENGAGED
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("offers", "deliveries", "drivers"):
        op.drop_table(table)
