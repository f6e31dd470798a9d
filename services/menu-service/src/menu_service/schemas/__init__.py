"""What the API takes and gives."""

from menu_service.schemas.item import (
    ItemCreate,
    ItemPublic,
    ItemUpdate,
    MenuPublic,
    OptionGroupPublic,
    OptionGroupWrite,
    OptionPublic,
    OptionWrite,
)
from menu_service.schemas.restaurant import (
    Hours,
    RestaurantApplication,
    RestaurantCreate,
    RestaurantFound,
    RestaurantOwn,
    RestaurantPublic,
    RestaurantUpdate,
)

__all__ = [
    "Hours",
    "ItemCreate",
    "ItemPublic",
    "ItemUpdate",
    "MenuPublic",
    "OptionGroupPublic",
    "OptionGroupWrite",
    "OptionPublic",
    "OptionWrite",
    "RestaurantApplication",
    "RestaurantCreate",
    "RestaurantFound",
    "RestaurantOwn",
    "RestaurantPublic",
    "RestaurantUpdate",
]
