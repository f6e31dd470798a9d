"""Replacing a whole menu at once: what the new one leaves out is removed, and what it repeats stays as it is."""

from typing import Any
from uuid import UUID

import structlog
from pydantic_core import to_json
from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, now, settings_of
from foodchassis.messaging import publish_all
from foodchassis.storage import connection_of
from foodchassis.web import Tags
from menu_service.errors import StaleVersionError
from menu_service.models import MenuItem, Restaurant
from menu_service.rules.amounts import prices, refuse_too_large
from menu_service.rules.difference import difference
from menu_service.rules.size import refuse_too_many, size_of, size_of_list
from menu_service.rules.whole_menu import Plan, PlannedDish, plan
from menu_service.schemas import MenuDiff, MenuWrite
from menu_service.service import snapshots
from menu_service.service.items import new_tag
from menu_service.service.restaurants import owned
from menu_service.settings import MenuSettings

log = structlog.get_logger()
COLUMNS = ", ".join(MenuItem.model_fields)
_NEWER = ", ".join(f"{name} = excluded.{name}" for name in MenuItem.model_fields if name != "id")
# By hand: one statement for all dishes. Through the ORM each of 2,000 changed ones would be a statement of its own.
STORE = f"""
    INSERT INTO menu_items ({COLUMNS}) SELECT {COLUMNS}
    FROM jsonb_populate_recordset(NULL::menu_items, %(rows)s::jsonb)
    ON CONFLICT (id) DO UPDATE SET {_NEWER}
"""  # noqa: S608 - put together from the model


async def replace_menu(
    session: AsyncSession, restaurant_id: UUID, *, owner_id: UUID, wanted: MenuWrite, tags: Tags | None, dry_run: bool
) -> tuple[MenuDiff, str]:
    """Make `wanted` the menu of a restaurant of `owner_id`, and return what that changes and the menu's tag.

    In a dry run nothing is stored. Raises StaleVersionError when the present menu has none of `tags`, MenuFullError,
    MenuTooLargeError, AmountTooLargeError, and what `plan` raises for ids.
    """
    restaurant = await owned(session, restaurant_id, owner_id)
    if tags is not None and restaurant.menu_tag not in tags:
        raise StaleVersionError(f"The tag of the menu is {restaurant.menu_tag} now: read the menu again.")
    live = select(MenuItem).where(col(MenuItem.restaurant_id) == restaurant_id, col(MenuItem.removed_at).is_(None))
    rows = (await session.exec(live.order_by(col(MenuItem.position), col(MenuItem.id)))).all()
    planned = plan(wanted, restaurant.sections, rows)
    values = [dish.values for dish in planned.dishes]
    size = size_of_list(planned.sections) + sum(map(size_of, values))
    refuse_too_many(len(values), size, settings_of(session, MenuSettings))
    for one in values:
        refuse_too_large(prices(one["price"], one["option_groups"]), restaurant.currency)
    found = difference(planned, restaurant.sections, dry_run=dry_run)
    if not dry_run:
        await _store(session, restaurant, planned)
        await session.refresh(restaurant, ["menu_version"])
    return found, restaurant.menu_tag


async def _store(session: AsyncSession, restaurant: Restaurant, planned: Plan) -> None:
    """Store a plan and publish what it changes."""
    restaurant.sections = planned.sections
    events: list[tuple[Event, int]] = []
    if session.is_modified(restaurant):
        await session.flush()
        events.append((snapshots.of_restaurant(restaurant), restaurant.version))
    changed = [_as_planned(dish, restaurant) for dish in planned.dishes if dish.row is None or dish.fields]
    changed += [_next(row, {"removed_at": now()}) for row in planned.removed]
    if changed:
        await _free_external_ids(session, planned)
        rows = to_json([row.model_dump() for row in changed]).decode()
        await (await connection_of(session)).execute(STORE, {"rows": rows})
        await new_tag(session, restaurant.id)
    events += [(snapshots.of_item(row), row.version) for row in changed]
    await publish_all(session, events)
    log.info("menu.replaced", restaurant_id=restaurant.id, dishes=len(planned.dishes), changed=len(changed))


async def _free_external_ids(session: AsyncSession, planned: Plan) -> None:
    """Clear the external ids that change, so that no two dishes have the same one in between."""
    moved = [dish.row.id for dish in planned.dishes if dish.row is not None and "external_id" in dish.fields]
    moved += [row.id for row in planned.removed if row.external_id is not None]
    if moved:
        freed = update(MenuItem).where(col(MenuItem.id).in_(moved)).values(external_id=None)
        await session.exec(freed.execution_options(synchronize_session=False))


def _as_planned(dish: PlannedDish, restaurant: Restaurant) -> MenuItem:
    """Return the row that a planned dish becomes."""
    if dish.row is None:
        return MenuItem(id=dish.id, restaurant_id=restaurant.id, version=1, **dish.values)
    return _next(dish.row, {name: dish.values[name] for name in dish.fields})


def _next(row: MenuItem, change: dict[str, Any]) -> MenuItem:
    """Return the next version of a row."""
    return MenuItem(**{**row.model_dump(), **change, "version": row.version + 1})
