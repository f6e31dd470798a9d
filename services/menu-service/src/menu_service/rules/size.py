"""The maximum size of a menu, because clients load all of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from menu_service.errors import MenuFullError, MenuTooLargeError

LISTS = ("option_groups", "images", "allergens")


class Bounds(Protocol):
    """The limits of a menu."""

    max_items: int
    max_menu_bytes: int


def size_of(dish: Mapping[str, Any]) -> int:
    """Return the approximate size of a dish on the menu in bytes."""
    return len((dish["name"] + dish["description"]).encode()) + sum(size_of_list(dish[name]) for name in LISTS)


def size_of_list(things: Sequence[Any]) -> int:
    """Return the approximate size of a list of a dish or of the sections in bytes."""
    return len(json.dumps(things, ensure_ascii=False).encode())


def refuse_too_many(dishes: int, size: int, bounds: Bounds) -> None:
    """Raise MenuFullError for too many dishes, and MenuTooLargeError for too many bytes."""
    if dishes > bounds.max_items:
        raise MenuFullError(f"A menu has at most {bounds.max_items} dishes.")
    if size > bounds.max_menu_bytes:
        raise MenuTooLargeError(
            f"A menu has at most {bounds.max_menu_bytes} bytes of texts, options and sections; this one has {size}."
        )
