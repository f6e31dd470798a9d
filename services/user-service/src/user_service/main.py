"""Creates the service."""

from fastapi import FastAPI

from foodchassis import create_service
from foodevents import AUDIT
from user_service.handlers import events
from user_service.routes import (
    accounts,
    addresses,
    administration,
    api_clients,
    audit,
    credentials,
    sessions,
    tokens,
    well_known,
)
from user_service.service.resources import open_resources
from user_service.settings import UserSettings

TAGS = {
    "users": "Sign-up and your own account.",
    "addresses": "Your delivery addresses.",
    "api-clients": "Programs that act for you at your restaurant.",
    "audit": "What admins did.",
    "credentials": "Your password and e-mail address.",
    "tokens": "Log-in, log-out, and the keys that access tokens are signed with.",
}


def create_app() -> FastAPI:
    """Build the user service from its environment."""
    parts = (accounts, addresses, api_clients, audit, credentials, sessions, tokens, well_known, administration)
    routers = [*(part.router for part in parts), sessions.tickets]
    return create_service(
        UserSettings(), routers=routers, events=events, lifespan=open_resources, tags=TAGS, audit=AUDIT
    )
