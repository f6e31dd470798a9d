"""Use cases of payment-service; only this package queries and publishes."""

from payment_service.service.endings import note_driver, note_ending
from payment_service.service.payments import authorize, capture, close
from payment_service.service.reading import find_payment, list_payments
from payment_service.service.refunds import refund, resume_refund
from payment_service.service.settlement import find_settlement, settle
from payment_service.service.simulated_provider import SimulatedProvider, open_provider

__all__ = [
    "SimulatedProvider",
    "authorize",
    "capture",
    "close",
    "find_payment",
    "find_settlement",
    "list_payments",
    "note_driver",
    "note_ending",
    "open_provider",
    "refund",
    "resume_refund",
    "settle",
]
