"""Use cases of payment-service; only this package queries and publishes."""

from payment_service.service.payments import first, take
from payment_service.service.provider import answered, ask
from payment_service.service.reading import find_payment, list_payments
from payment_service.service.refunds import find_refund, refund, refund_of
from payment_service.service.settlement import find_settlement, settle

__all__ = [
    "answered",
    "ask",
    "find_payment",
    "find_refund",
    "find_settlement",
    "first",
    "list_payments",
    "refund",
    "refund_of",
    "settle",
    "take",
]
