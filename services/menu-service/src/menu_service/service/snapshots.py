"""Snapshot events of restaurants and dishes."""

from typing import Any

from pydantic import BaseModel

from foodevents import MenuItemRemoved, MenuItemUpdated, RestaurantUpdated
from menu_service.models import MenuItem, Restaurant


def of_restaurant(row: Restaurant) -> RestaurantUpdated:
    """Publish the current state of a restaurant."""
    return RestaurantUpdated(restaurant_id=row.id, **_shared(row, RestaurantUpdated))


def of_item(row: MenuItem) -> MenuItemUpdated | MenuItemRemoved:
    """Publish the current state of a dish, or its removal."""
    event_type = MenuItemUpdated if row.removed_at is None else MenuItemRemoved
    return event_type(item_id=row.id, **_shared(row, event_type))


def _shared(row: Restaurant | MenuItem, event_type: type[BaseModel]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in event_type.model_fields if hasattr(row, name)}
