"""Restaurants and the dishes on their menus."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "menu_0001"
down_revision = None
branch_labels = ("menu_service",)
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "restaurants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.Column("line1", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("postal_code", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lng", sa.Float(), nullable=False),
        sa.Column("hours", postgresql.JSONB(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("auto_accept", sa.Boolean(), nullable=False),
        sa.Column("prep_minutes", sa.Integer(), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("tax_rate_bp", sa.Integer(), nullable=False),
        sa.Column("delivery_fee", sa.Integer(), nullable=False),
        sa.Column("service_fee_bp", sa.Integer(), nullable=False),
        sa.Column("menu_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="restaurants_pkey"),
        sa.CheckConstraint("lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180", name="restaurants_place"),
        sa.CheckConstraint("prep_minutes BETWEEN 0 AND 240", name="restaurants_prep_minutes"),
        sa.CheckConstraint("radius_m BETWEEN 100 AND 50000", name="restaurants_radius_m"),
        sa.CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name="restaurants_tax_rate_bp"),
        sa.CheckConstraint("service_fee_bp BETWEEN 0 AND 10000", name="restaurants_service_fee_bp"),
        sa.CheckConstraint("delivery_fee >= 0", name="restaurants_delivery_fee"),
        sa.CheckConstraint("version > 0 AND menu_version >= 0", name="restaurants_version"),
    )
    op.create_index("restaurants_lat", "restaurants", ["lat"])
    op.create_table(
        "menu_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("restaurant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("option_groups", postgresql.JSONB(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="menu_items_pkey"),
        sa.ForeignKeyConstraint(["restaurant_id"], ["restaurants.id"], name="menu_items_restaurant_id_fkey"),
        sa.CheckConstraint("price >= 0", name="menu_items_price"),
        sa.CheckConstraint("version > 0", name="menu_items_version"),
    )
    here = sa.text("removed_at IS NULL")
    op.create_index("menu_items_restaurant_id_id", "menu_items", ["restaurant_id", "id"], postgresql_where=here)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("menu_items")
    op.drop_table("restaurants")
