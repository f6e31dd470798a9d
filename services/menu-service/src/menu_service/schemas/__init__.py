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
from menu_service.schemas.restaurant import Hours, RestaurantCreate, RestaurantFound, RestaurantPublic, RestaurantUpdate

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
    "RestaurantCreate",
    "RestaurantFound",
    "RestaurantPublic",
    "RestaurantUpdate",
]
