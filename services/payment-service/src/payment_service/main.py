"""Creates the service."""

from fastapi import FastAPI

from foodchassis import create_service
from foodevents import AUDIT
from payment_service.adapters.simulated import open_provider
from payment_service.handlers import events
from payment_service.routes import router
from payment_service.settings import PaymentSettings

TAGS = {
    "payments": "Payments for orders, and their refunds.",
    "settlements": "Amounts to be paid to restaurants, drivers, the platform and the tax office.",
}


def create_app() -> FastAPI:
    """Build payment-service."""
    return create_service(
        PaymentSettings(), routers=[router], events=events, lifespan=open_provider, tags=TAGS, audit=AUDIT
    )
