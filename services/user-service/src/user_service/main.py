"""The whole service, seen at once."""

from fastapi import FastAPI

from foodchassis import create_service
from user_service.resources import open_resources
from user_service.routes import accounts, addresses, sessions, tokens, well_known
from user_service.settings import UserSettings


def create_app() -> FastAPI:
    """Build the user service from its environment."""
    routers = [accounts.router, addresses.router, sessions.router, tokens.router, well_known.router]
    return create_service(UserSettings(), routers=routers, lifespan=open_resources)
