"""Taxes by category and prices that include them; sections, images, allergens, and ids of other systems."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "menu_0006"
down_revision = "menu_0005"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB()
# Each column with its type and default.
RESTAURANTS = {"prices_include_tax": (sa.Boolean(), sa.false()), "tax_rates": (JSON, "{}"), "sections": (JSON, "[]")}
ITEMS = {
    "tax_category": (sa.String(), "food"),
    "position": (sa.Integer(), "0"),
    "allergens": (JSON, "[]"),
    "images": (JSON, "[]"),
}


def upgrade() -> None:
    """Add them; the previous release does not use them, and its dishes are food without a section."""
    for table, columns in (("restaurants", RESTAURANTS), ("menu_items", ITEMS)):
        for name, (kind, default) in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("menu_items", sa.Column("section_id", sa.Uuid()))
    op.add_column("menu_items", sa.Column("external_id", sa.String()))
    op.create_index(
        op.f("menu_items_restaurant_id_external_id"),
        "menu_items",
        ["restaurant_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("menu_items_restaurant_id_external_id"), "menu_items")
    for name in ("external_id", "section_id", *ITEMS):
        op.drop_column("menu_items", name)
    for name in RESTAURANTS:
        op.drop_column("restaurants", name)
