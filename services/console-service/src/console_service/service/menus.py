"""A restaurant's menu, and its replacement."""

import asyncio
from http import HTTPStatus
from typing import Any

from pydantic_core import to_json

from console_service.adapters.visitor import Visitor
from console_service.errors import RefusedError
from console_service.rules.sheet import SheetError, read
from console_service.rules.whole_menu import whole_menu

Json = dict[str, Any]


async def shown(visitor: Visitor, restaurant_id: str) -> Json:
    """Return a restaurant, and its dishes by section; those without a section come first."""
    path = f"/restaurants/{restaurant_id}"
    restaurant, menu = await asyncio.gather(visitor.api.get(path), visitor.api.get(f"{path}/menu"))
    dishes: dict[str | None, list[Json]] = {}
    for dish in menu["items"]:
        dishes.setdefault(dish["section_id"], []).append(dish)
    sections = [(None, dishes.get(None, [])), *((one, dishes.get(one["id"], [])) for one in menu["sections"])]
    return {"restaurant": restaurant, "sections": [pair for pair in sections if any(pair)]}


async def compared(visitor: Visitor, restaurant_id: str, text: str) -> tuple[Json, str]:
    """Return what a CSV or JSON text would change as the whole menu, and the ETag of the current menu.

    Raises RefusedError, which names the line of a CSV text that cannot be read.
    """
    body, tag = await _written(visitor, restaurant_id, text)
    return await visitor.api.put(f"/restaurants/{restaurant_id}/menu", body, tag=tag, dry_run="true"), tag


async def replace(visitor: Visitor, restaurant_id: str, text: str, tag: str) -> None:
    """Replace the menu with a CSV or JSON text. Raises RefusedError, also when `tag` is no longer the menu's ETag."""
    body, _ = await _written(visitor, restaurant_id, text)
    await visitor.api.put(f"/restaurants/{restaurant_id}/menu", body, tag=tag, dry_run="false")


async def _written(visitor: Visitor, restaurant_id: str, text: str) -> tuple[str, str]:
    """Return the new menu as JSON, and the ETag of the current one."""
    text, path = text.replace("\r\n", "\n").lstrip("\ufeff"), f"/restaurants/{restaurant_id}"
    restaurant, (present, tag) = await asyncio.gather(visitor.api.get(path), visitor.api.tagged(f"{path}/menu"))
    if text.lstrip().startswith(("{", "[")):
        return text, tag
    try:
        sheet = read(text, restaurant["minor_units"])
    except SheetError as error:
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, visitor.text("menu.unreadable"), str(error)) from None
    return to_json(whole_menu(sheet, present)).decode(), tag
