"""The whole service, seen at once."""

from fastapi import FastAPI

from foodchassis import create_service
from payment_service.adapters.simulated import open_provider
from payment_service.handlers import events
from payment_service.routes import router
from payment_service.settings import PaymentSettings


def create_app() -> FastAPI:
    """Build payment-service."""
    return create_service(PaymentSettings(), routers=[router], events=events, lifespan=open_provider)
