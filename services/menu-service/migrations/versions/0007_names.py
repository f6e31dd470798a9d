"""Rename constraints and indexes to the naming convention; no release uses their names."""

from foodchassis.storage.migrations import rename

revision = "menu_0007"
down_revision = "menu_0006"
branch_labels = None
depends_on = None

CONSTRAINTS = {
    "menu_items": {"menu_items_price": "menu_items_price_check", "menu_items_version": "menu_items_version_check"},
    "restaurants": {
        "restaurants_closed_is_paused": "restaurants_closed_is_paused_check",
        "restaurants_delivery_fee": "restaurants_delivery_fee_check",
        "restaurants_place": "restaurants_place_check",
        "restaurants_prep_minutes": "restaurants_prep_minutes_check",
        "restaurants_radius_m": "restaurants_radius_m_check",
        "restaurants_service_fee_bp": "restaurants_service_fee_bp_check",
        "restaurants_standing": "restaurants_standing_check",
        "restaurants_tax_ppm": "restaurants_tax_ppm_check",
        "restaurants_tax_rate_bp": "restaurants_tax_rate_bp_check",
        "restaurants_version": "restaurants_version_check",
    },
}
INDEXES = {
    "invitations_restaurant_id": "invitations_restaurant_id_idx",
    "menu_items_restaurant_id_external_id": "menu_items_restaurant_id_external_id_idx",
    "menu_items_restaurant_id_id": "menu_items_restaurant_id_id_idx",
    "restaurants_lat": "restaurants_lat_idx",
    "restaurants_owner_id": "restaurants_owner_id_idx",
}


def upgrade() -> None:
    """Rename them; no row is rewritten."""
    rename(CONSTRAINTS, INDEXES)


def downgrade() -> None:
    """Restore the former names."""
    rename(CONSTRAINTS, INDEXES, back=True)
