"""How large a menu may be: each client loads all of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from menu_service.errors import MenuFullError, MenuTooLargeError

LISTS = ("option_groups", "images", "allergens")


class Bounds(Protocol):
    """The most that a menu may have."""

    max_items: int
    max_menu_bytes: int


def size_of(dish: Mapping[str, Any]) -> int:
    """Return about how many bytes a dish takes on the menu."""
    return len((dish["name"] + dish["description"]).encode()) + sum(size_of_list(dish[name]) for name in LISTS)


def size_of_list(things: Sequence[Any]) -> int:
    """Return about how many bytes a list takes on the menu: of a dish, or that of the sections."""
    return len(json.dumps(things, ensure_ascii=False).encode())


def refuse_too_many(dishes: int, size: int, bounds: Bounds) -> None:
    """Raise MenuFullError for too many dishes, and MenuTooLargeError for too many bytes."""
    if dishes > bounds.max_items:
        raise MenuFullError(f"A menu has at most {bounds.max_items} dishes.")
    if size > bounds.max_menu_bytes:
        raise MenuTooLargeError(
            f"A menu has at most {bounds.max_menu_bytes} bytes of texts, options and sections; this one has {size}."
        )
