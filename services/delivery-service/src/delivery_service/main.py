"""Creates the service."""

from fastapi import FastAPI

from delivery_service.adapters import metrics
from delivery_service.handlers import events
from delivery_service.routes import router
from delivery_service.settings import DeliverySettings
from foodchassis import create_service
from foodchassis.web import feeding
from foodevents import AUDIT

TAGS = {
    "applications": "Drivers who apply, and what admins decide.",
    "drivers": "A driver's profile, availability, position and open offers.",
    "offers": "Deliveries that a driver is asked to take.",
    "deliveries": "From the restaurant to the customer.",
}


def create_app() -> FastAPI:
    """Build delivery-service."""
    streams = feeding("drivers", metrics.streams)
    return create_service(DeliverySettings(), routers=[router], events=events, lifespan=streams, tags=TAGS, audit=AUDIT)
