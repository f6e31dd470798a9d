"""The whole service, seen at once."""

from fastapi import FastAPI

from foodchassis import create_service
from user_service.routes import accounts, addresses, credentials, sessions, tokens, well_known
from user_service.service.resources import open_resources
from user_service.settings import UserSettings


def create_app() -> FastAPI:
    """Build the user service from its environment."""
    parts = (accounts, addresses, credentials, sessions, tokens, well_known)
    return create_service(UserSettings(), routers=[part.router for part in parts], lifespan=open_resources)
