"""Creates the service."""

from fastapi import FastAPI

from foodchassis import create_service
from sample_service.handlers import events
from sample_service.routes import router
from sample_service.settings import SampleSettings


def create_app() -> FastAPI:
    """Build sample-service."""
    return create_service(SampleSettings(), routers=[router], events=events)
