"""Rename constraints and indexes to the naming convention; no release uses their names."""

from foodchassis.storage.migrations import rename

revision = "order_0010"
down_revision = "order_0009"
branch_labels = None
depends_on = None

CONSTRAINTS = {
    "contacts": {"pk_contacts": "contacts_pkey"},
    "erased_users": {"pk_erased_users": "erased_users_pkey"},
    "menu_items": {"pk_menu_items": "menu_items_pkey"},
    "order_history": {
        "fk_order_history_order_id_orders": "order_history_order_id_fkey",
        "pk_order_history": "order_history_pkey",
    },
    "order_lines": {
        "ck_order_lines_quantity": "order_lines_quantity_check",
        "ck_order_lines_total": "order_lines_total_check",
        "fk_order_lines_order_id_orders": "order_lines_order_id_fkey",
        "pk_order_lines": "order_lines_pkey",
    },
    "orders": {
        "ck_orders_amounts": "orders_amounts_check",
        "ck_orders_cancellation": "orders_cancellation_check",
        "ck_orders_cancelled_by": "orders_cancelled_by_check",
        "ck_orders_confirmed": "orders_confirmed_check",
        "ck_orders_fee_tax": "orders_fee_tax_check",
        "ck_orders_keep": "orders_keep_check",
        "ck_orders_kitchen": "orders_kitchen_check",
        "ck_orders_responsible": "orders_responsible_check",
        "ck_orders_status": "orders_status_check",
        "ck_orders_tax": "orders_tax_check",
        "ck_orders_total": "orders_total_check",
        "ck_orders_version": "orders_version_check",
        "pk_orders": "orders_pkey",
    },
    "restaurants": {"pk_restaurants": "restaurants_pkey"},
}
INDEXES = {
    "ix_orders_customer_id_id": "orders_customer_id_id_idx",
    "ix_orders_open": "orders_open",
    "ix_orders_owner_id_id": "orders_owner_id_id_idx",
    "ix_orders_restaurant_id_id": "orders_restaurant_id_id_idx",
}


def upgrade() -> None:
    """Rename them; no row is rewritten."""
    rename(CONSTRAINTS, INDEXES)


def downgrade() -> None:
    """Restore the former names."""
    rename(CONSTRAINTS, INDEXES, back=True)
