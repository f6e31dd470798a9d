"""Tables: payments and refunds, the ledger and its settlements, and the simulated provider's log."""

from payment_service.models.columns import metadata
from payment_service.models.ledger import LedgerEntry, LedgerTransaction, Settlement, SettlementMovement
from payment_service.models.payment import SHAREABLE, Payment, PaymentFacts, Refund, RefundFacts, StoredPayment
from payment_service.models.provider import ProviderEntry
from payment_service.models.restaurant import Restaurant
from payment_service.models.states import Ending, Operation, PaymentStatus, RefundStatus, Responsible, TransactionKind

__all__ = [
    "SHAREABLE",
    "Ending",
    "LedgerEntry",
    "LedgerTransaction",
    "Operation",
    "Payment",
    "PaymentFacts",
    "PaymentStatus",
    "ProviderEntry",
    "Refund",
    "RefundFacts",
    "RefundStatus",
    "Responsible",
    "Restaurant",
    "Settlement",
    "SettlementMovement",
    "StoredPayment",
    "TransactionKind",
    "metadata",
]
