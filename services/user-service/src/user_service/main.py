"""The whole service, seen at once."""

from fastapi import FastAPI

from foodchassis import create_service
from user_service.routes import accounts, addresses, tokens, well_known
from user_service.settings import UserSettings
from user_service.tools import open_tools


def create_app() -> FastAPI:
    """Build the user service from its environment."""
    routers = [accounts.router, addresses.router, tokens.router, well_known.router]
    return create_service(UserSettings(), routers=routers, lifespan=open_tools)
