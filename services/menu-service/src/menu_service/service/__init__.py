"""The use cases of menu-service: the only code here that queries and publishes; it never commits."""

from menu_service.service.applications import decide_application, list_applications
from menu_service.service.items import add_item, change_item, read_item, remove_item
from menu_service.service.menu import Menu, read_menu
from menu_service.service.owners import erase_owner
from menu_service.service.replicas import republish
from menu_service.service.restaurants import change_restaurant, list_owned, open_restaurant, read_restaurant
from menu_service.service.search import Search, find_restaurants
from menu_service.service.staff import (
    change_role,
    find_invitation,
    invite,
    join,
    list_staff,
    remove_member,
    withdraw_invitation,
)
from menu_service.service.whole_menu import replace_menu

__all__ = [
    "Menu",
    "Search",
    "add_item",
    "change_item",
    "change_restaurant",
    "change_role",
    "decide_application",
    "erase_owner",
    "find_invitation",
    "find_restaurants",
    "invite",
    "join",
    "list_applications",
    "list_owned",
    "list_staff",
    "open_restaurant",
    "read_item",
    "read_menu",
    "read_restaurant",
    "remove_item",
    "remove_member",
    "replace_menu",
    "republish",
    "withdraw_invitation",
]
