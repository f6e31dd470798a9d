"""Creates the console: `uvicorn --factory console_service.main:create_app`."""

from fastapi import FastAPI

from console_service import routes
from console_service.adapters.opening import open_adapters
from console_service.settings import ConsoleSettings
from foodchassis import create_service


def create_app() -> FastAPI:
    """Build the console from its settings."""
    app = create_service(ConsoleSettings(), routers=routes.ROUTERS, lifespan=open_adapters)
    routes.install(app)
    return app
