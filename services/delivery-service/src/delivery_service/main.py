"""The whole service, seen at once."""

from fastapi import FastAPI

from delivery_service.handlers import events
from delivery_service.routes import router
from delivery_service.settings import DeliverySettings
from foodchassis import create_service


def create_app() -> FastAPI:
    """Build delivery-service."""
    return create_service(DeliverySettings(), routers=[router], events=events)
