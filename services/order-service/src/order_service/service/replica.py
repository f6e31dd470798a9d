"""The replica of restaurants and menus: updated by snapshots, read by each quote and order."""

from functools import lru_cache
from uuid import UUID

from pydantic_core import to_json

from foodchassis.storage import Statement, Transaction
from foodevents import MenuItemRemoved, MenuItemUpdated, RestaurantUpdated
from order_service.errors import AccountClosedError, UnknownRestaurantError
from order_service.models import MenuItemCopy, RestaurantCopy, Row
from order_service.rules.admission import Menu
from order_service.schemas import Basket
from order_service.service.storage import insert

# One statement, because it is on the hot path of placing an order.
READ_MENU = """
    SELECT 'restaurant', snapshot::text, EXISTS (SELECT FROM erased_users WHERE erased_users.id = owner_id)
    FROM restaurants WHERE id = %(restaurant_id)s
    UNION ALL
    SELECT 'dish', snapshot::text, false FROM menu_items WHERE id = ANY(%(item_ids)s) AND NOT removed
    UNION ALL
    SELECT 'customer', NULL, true FROM erased_users WHERE id = %(customer_id)s
"""


def _keep(table: type[Row]) -> str:
    newer = ", ".join(f"{name} = excluded.{name}" for name in table.model_fields if name != "id")
    # Also the same version again: a republished snapshot may have fields that the previous release omitted.
    no_newer = f"{table.__tablename__}.version <= excluded.version"
    return f"{insert(table, 'rows')} ON CONFLICT (id) DO UPDATE SET {newer} WHERE {no_newer}"


KEEP_RESTAURANT, KEEP_ITEM = _keep(RestaurantCopy), _keep(MenuItemCopy)


async def read_menu(transaction: Transaction, basket: Basket, customer_id: UUID) -> Menu:
    """Return a basket's restaurant and its dishes that are on the menu.

    Raises AccountClosedError when the customer was erased, and UnknownRestaurantError.
    """
    item_ids = [item.menu_item_id for item in basket.items]
    wanted = {"restaurant_id": basket.restaurant_id, "item_ids": item_ids, "customer_id": customer_id}
    (rows,) = await transaction.send(Statement(READ_MENU, wanted))
    found: dict[str, list[tuple[str, bool]]] = {"restaurant": [], "dish": [], "customer": []}
    for kind, snapshot, closed in rows:
        found[kind].append((snapshot, closed))
    if found["customer"]:
        raise AccountClosedError
    if not found["restaurant"]:
        raise UnknownRestaurantError("There is no such restaurant.", restaurant_id=str(basket.restaurant_id))
    ((restaurant, closed),) = found["restaurant"]
    items = [_dish(snapshot) for snapshot, _ in found["dish"]]
    return Menu(_restaurant(restaurant), {item.item_id: item for item in items}, closed)


# Parsed snapshots are cached by their text, because the same menu is read for each of its orders.
@lru_cache(maxsize=1_000)
def _restaurant(snapshot: str) -> RestaurantUpdated:
    return RestaurantUpdated.model_validate_json(snapshot)


@lru_cache(maxsize=10_000)
def _dish(snapshot: str) -> MenuItemUpdated:
    return MenuItemUpdated.model_validate_json(snapshot)


async def keep_restaurant(transaction: Transaction, event: RestaurantUpdated) -> None:
    """Store a restaurant's snapshot, unless a newer one is stored."""
    row = {"id": event.restaurant_id, "version": event.version, "owner_id": event.owner_id, "snapshot": event}
    await transaction.put(Statement(KEEP_RESTAURANT, {"rows": to_json([row]).decode()}))


async def keep_item(transaction: Transaction, event: MenuItemUpdated) -> None:
    """Store a dish's snapshot, unless a newer one or a tombstone is stored."""
    await _keep_item(transaction, event, event)


async def remove_item(transaction: Transaction, event: MenuItemRemoved) -> None:
    """Store a tombstone for a dish, so that a late older snapshot does not restore it."""
    await _keep_item(transaction, event, None)


async def _keep_item(
    transaction: Transaction, event: MenuItemUpdated | MenuItemRemoved, snapshot: MenuItemUpdated | None
) -> None:
    row = {
        "id": event.item_id,
        "version": event.version,
        "restaurant_id": event.restaurant_id,
        "removed": snapshot is None,
        "snapshot": snapshot,
    }
    await transaction.put(Statement(KEEP_ITEM, {"rows": to_json([row]).decode()}))
