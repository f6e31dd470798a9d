"""Rename constraints and indexes to the naming convention; no release uses their names."""

from foodchassis.storage.migrations import rename

revision = "payment_0006"
down_revision = "payment_0005"
branch_labels = None
depends_on = None

CONSTRAINTS = {
    "ledger_entries": {
        "fk_ledger_entries_transaction_id": "ledger_entries_transaction_id_fkey",
        "pk_ledger_entries": "ledger_entries_pkey",
    },
    "ledger_transactions": {
        "ck_ledger_transactions_kind": "ledger_transactions_kind_check",
        "ck_ledger_transactions_refund": "ledger_transactions_refund_check",
        "fk_ledger_transactions_payment_id": "ledger_transactions_payment_id_fkey",
        "fk_ledger_transactions_refund_id": "ledger_transactions_refund_id_fkey",
        "pk_ledger_transactions": "ledger_transactions_pkey",
        "uq_ledger_transactions_refund_id": "ledger_transactions_refund_id_key",
    },
    "payments": {
        "ck_payments_amount": "payments_amount_check",
        "ck_payments_ending": "payments_ending_check",
        "ck_payments_hold": "payments_hold_check",
        "ck_payments_parts": "payments_parts_check",
        "ck_payments_refunded": "payments_refunded_check",
        "ck_payments_responsible": "payments_responsible_check",
        "ck_payments_status": "payments_status_check",
        "fk_payments_settlement_id": "payments_settlement_id_fkey",
        "pk_payments": "payments_pkey",
        "uq_payments_order_id": "payments_order_id_key",
    },
    "provider_log": {
        "ck_provider_log_operation": "provider_log_operation_check",
        "pk_provider_log": "provider_log_pkey",
    },
    "refunds": {
        "ck_refunds_amount": "refunds_amount_check",
        "ck_refunds_attempt": "refunds_attempt_check",
        "ck_refunds_status": "refunds_status_check",
        "fk_refunds_payment_id": "refunds_payment_id_fkey",
        "pk_refunds": "refunds_pkey",
        "uq_refunds_payment_id": "refunds_payment_id_cause_key",
        "uq_refunds_request": "refunds_request_key",
    },
    "restaurants": {"pk_restaurants": "restaurants_pkey"},
    "settlement_movements": {
        "fk_settlement_movements_settlement_id": "settlement_movements_settlement_id_fkey",
        "fk_settlement_movements_transaction_id": "settlement_movements_transaction_id_fkey",
        "pk_settlement_movements": "settlement_movements_pkey",
    },
    "settlements": {"pk_settlements": "settlements_pkey"},
}
INDEXES = {
    "ix_ledger_transactions_clawback": "ledger_transactions_clawback",
    "ix_payments_customer_id": "payments_customer_id_id_idx",
    "ix_payments_restaurant_id": "payments_restaurant_id_id_idx",
    "ix_payments_shareable": "payments_shareable",
    "ix_provider_log_hold": "provider_log_hold_idx",
    "ix_restaurants_owner_id": "restaurants_owner_id_idx",
    "ix_settlement_movements_settlement_id": "settlement_movements_settlement_id_idx",
    "uq_ledger_transactions_capture": "ledger_transactions_capture",
    "uq_ledger_transactions_settlement": "ledger_transactions_settlement",
}


def upgrade() -> None:
    """Rename them; no row is rewritten."""
    rename(CONSTRAINTS, INDEXES)


def downgrade() -> None:
    """Restore the former names."""
    rename(CONSTRAINTS, INDEXES, back=True)
