"""What the API takes and gives."""

from menu_service.schemas.item import (
    ItemCreate,
    ItemPublic,
    ItemUpdate,
    OptionGroupPublic,
    OptionGroupWrite,
    OptionPublic,
    OptionWrite,
)
from menu_service.schemas.menu import (
    ItemWrite,
    MenuChange,
    MenuDiff,
    MenuPublic,
    MenuWrite,
    SectionPublic,
    SectionWrite,
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
    "ItemWrite",
    "MenuChange",
    "MenuDiff",
    "MenuPublic",
    "MenuWrite",
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
    "SectionPublic",
    "SectionWrite",
]
