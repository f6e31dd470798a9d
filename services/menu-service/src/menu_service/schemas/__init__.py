"""The bodies of requests and responses."""

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
from menu_service.schemas.staff import (
    InvitationCreate,
    InvitationMade,
    InvitationPublic,
    Join,
    MemberPublic,
    MemberUpdate,
    StaffPublic,
)

__all__ = [
    "Hours",
    "InvitationCreate",
    "InvitationMade",
    "InvitationPublic",
    "ItemCreate",
    "ItemPublic",
    "ItemUpdate",
    "ItemWrite",
    "Join",
    "MemberPublic",
    "MemberUpdate",
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
    "StaffPublic",
]
