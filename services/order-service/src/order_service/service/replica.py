"""The replica of restaurants and menus: fed by snapshots, read by each quote and order."""

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

# One statement: it is half of accepting an order.
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
    # The same version again, too: published once more, it may have fields that the release before left out.
    no_newer = f"{table.__tablename__}.version <= excluded.version"
    return f"{insert(table, 'rows')} ON CONFLICT (id) DO UPDATE SET {newer} WHERE {no_newer}"


KEEP_RESTAURANT, KEEP_ITEM = _keep(RestaurantCopy), _keep(MenuItemCopy)


async def read_menu(transaction: Transaction, basket: Basket, customer_id: UUID) -> Menu:
    """Return a basket's restaurant and those of its dishes that are on a menu.

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


# The same menu is read for each of its orders: what was parsed once is found by its text.
@lru_cache(maxsize=1_000)
def _restaurant(snapshot: str) -> RestaurantUpdated:
    return RestaurantUpdated.model_validate_json(snapshot)


@lru_cache(maxsize=10_000)
def _dish(snapshot: str) -> MenuItemUpdated:
    return MenuItemUpdated.model_validate_json(snapshot)


async def keep_restaurant(transaction: Transaction, event: RestaurantUpdated) -> None:
    """Keep a restaurant's snapshot, unless a newer one is known."""
    row = {"id": event.restaurant_id, "version": event.version, "owner_id": event.owner_id, "snapshot": event}
    await transaction.put(Statement(KEEP_RESTAURANT, {"rows": to_json([row]).decode()}))


async def keep_item(transaction: Transaction, event: MenuItemUpdated) -> None:
    """Keep a dish's snapshot, unless a newer one is known or the dish has been removed since."""
    await _keep_item(transaction, event, event)


async def remove_item(transaction: Transaction, event: MenuItemRemoved) -> None:
    """Leave a tombstone for a dish, so that an older snapshot that comes late does not bring it back."""
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
