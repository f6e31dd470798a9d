"""Use cases of payment-service; only this package queries and publishes."""

from payment_service.service.payments import first, take
from payment_service.service.provider import answered, ask
from payment_service.service.reading import find_payment, ledger_of, list_payments
from payment_service.service.refunds import find_refund, refund, refund_of
from payment_service.service.restaurants import keep_restaurant
from payment_service.service.settlement import list_settlements, settle, settlement_for

__all__ = [
    "answered",
    "ask",
    "find_payment",
    "find_refund",
    "first",
    "keep_restaurant",
    "ledger_of",
    "list_payments",
    "list_settlements",
    "refund",
    "refund_of",
    "settle",
    "settlement_for",
    "take",
]
