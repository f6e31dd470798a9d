"""Use cases of payment-service; only this package queries and publishes."""

from payment_service.service.payments import authorize, capture, void
from payment_service.service.reading import find_payment, list_payments
from payment_service.service.simulated_provider import SimulatedProvider, open_provider

__all__ = ["SimulatedProvider", "authorize", "capture", "find_payment", "list_payments", "open_provider", "void"]
