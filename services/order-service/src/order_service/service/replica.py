"""The replica of restaurants and menus: fed by snapshots, read by each quote and order."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import driver
from foodevents import MenuItemRemoved, MenuItemUpdated, RestaurantUpdated
from order_service.admission import Menu
from order_service.errors import UnknownRestaurantError
from order_service.models import MenuItemCopy, RestaurantCopy
from order_service.rows import Row

# By psycopg: this is half of accepting an order, and a session's select costs three times as much CPU.
READ_MENU = """
    SELECT true, snapshot::text FROM restaurants WHERE id = %(restaurant_id)s
    UNION ALL
    SELECT false, snapshot::text FROM menu_items WHERE id = ANY(%(item_ids)s) AND NOT removed
"""


async def read_menu(session: AsyncSession, restaurant_id: UUID, item_ids: Iterable[UUID]) -> Menu:
    """Return a restaurant and those of the dishes that are on a menu.

    Raises UnknownRestaurantError.
    """
    connection = await driver(session)
    wanted = {"restaurant_id": restaurant_id, "item_ids": list(item_ids)}
    rows = await (await connection.execute(READ_MENU, wanted, prepare=True)).fetchall()
    restaurants = [RestaurantUpdated.model_validate_json(text) for is_restaurant, text in rows if is_restaurant]
    if not restaurants:
        raise UnknownRestaurantError("There is no such restaurant.", restaurant_id=str(restaurant_id))
    items = [MenuItemUpdated.model_validate_json(text) for is_restaurant, text in rows if not is_restaurant]
    return Menu(restaurants[0], {item.item_id: item for item in items})


async def keep_restaurant(session: AsyncSession, event: RestaurantUpdated) -> None:
    """Keep a restaurant's snapshot, unless we have a newer one."""
    snapshot = event.model_dump(mode="json")
    await _keep(
        session,
        RestaurantCopy,
        {"id": event.restaurant_id, "version": event.version, "owner_id": event.owner_id, "snapshot": snapshot},
    )


async def keep_item(session: AsyncSession, event: MenuItemUpdated) -> None:
    """Keep a dish's snapshot, unless we have a newer one or the dish has been removed since."""
    await _keep(session, MenuItemCopy, {**_item(event), "removed": False, "snapshot": event.model_dump(mode="json")})


async def remove_item(session: AsyncSession, event: MenuItemRemoved) -> None:
    """Leave a tombstone for a dish, so that an older snapshot that comes late does not bring it back."""
    await _keep(session, MenuItemCopy, {**_item(event), "removed": True, "snapshot": None})


def _item(event: MenuItemUpdated | MenuItemRemoved) -> dict[str, Any]:
    return {"id": event.item_id, "version": event.version, "restaurant_id": event.restaurant_id}


async def _keep(session: AsyncSession, table: type[Row], values: dict[str, Any]) -> None:
    statement = insert(table).values(values)
    newer = {name: statement.excluded[name] for name in values if name != "id"}
    known: Any = table
    await session.exec(
        statement.on_conflict_do_update(
            index_elements=["id"], set_=newer, where=known.version < statement.excluded["version"]
        )
    )
