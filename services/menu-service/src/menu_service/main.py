"""menu-service: restaurants, their opening hours and their menus."""

from fastapi import FastAPI

from foodchassis import create_service
from foodevents import AUDIT
from menu_service.handlers import events
from menu_service.routes import applications, items, menu, restaurants, staff
from menu_service.settings import MenuSettings

TAGS = {
    "restaurants": "Restaurants: where they are, when they are open, what they charge.",
    "applications": "Restaurants that apply, and what admins decide.",
    "staff": "The staff of restaurants and their roles.",
    "menu": "The dishes of a restaurant and their options.",
}


def create_app() -> FastAPI:
    """Build the service."""
    routers = [applications.router, restaurants.router, staff.router, menu.router, items.router]
    return create_service(MenuSettings(), routers=routers, events=events, tags=TAGS, audit=AUDIT)
