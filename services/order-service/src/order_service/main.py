"""Creates the service: `uvicorn --factory order_service.main:create_app`."""

from fastapi import FastAPI

from foodchassis import create_service
from foodchassis.web import feeding
from foodevents import AUDIT
from order_service.adapters import metrics
from order_service.handlers import events
from order_service.routes import operations, router
from order_service.settings import OrderSettings

TAGS = {"orders": "Quotes and orders, from the basket to the end."}


def create_app() -> FastAPI:
    """Build order-service from its settings."""
    streams = feeding("orders", metrics.streams)
    return create_service(
        OrderSettings(), routers=[router, operations], events=events, lifespan=streams, tags=TAGS, audit=AUDIT
    )
