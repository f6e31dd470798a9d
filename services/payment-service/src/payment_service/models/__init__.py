"""Tables: payments and refunds, the ledger and its settlements, and the simulated provider's own log."""

from payment_service.models.columns import metadata
from payment_service.models.ledger import (
    LedgerEntry,
    LedgerTransaction,
    Settlement,
    SettlementMovement,
    TransactionKind,
)
from payment_service.models.payment import SHAREABLE, Ending, Payment, PaymentStatus, Refund, RefundStatus
from payment_service.models.provider import Operation, ProviderEntry

__all__ = [
    "SHAREABLE",
    "Ending",
    "LedgerEntry",
    "LedgerTransaction",
    "Operation",
    "Payment",
    "PaymentStatus",
    "ProviderEntry",
    "Refund",
    "RefundStatus",
    "Settlement",
    "SettlementMovement",
    "TransactionKind",
    "metadata",
]
