"""Dishes: adding, changing and removing them."""

from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, String, cast, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import now, publish, settings_of
from foodchassis.web import Versions
from menu_service.errors import ExternalIdTakenError, ItemNotFoundError, UnknownSectionError
from menu_service.models import MenuItem, Restaurant
from menu_service.rules import options
from menu_service.rules.amounts import prices, refuse_too_large
from menu_service.rules.size import LISTS, refuse_too_many, size_of, size_of_list
from menu_service.rules.staffing import least_role_to_change_item
from menu_service.schemas import ItemCreate, ItemUpdate
from menu_service.service import snapshots
from menu_service.service.restaurants import owned, refuse_stale
from menu_service.settings import MenuSettings

log = structlog.get_logger()
SIZES = (cast(getattr(MenuItem, name), String) for name in ("name", "description", *LISTS))
OTHERS = (func.count(), func.coalesce(func.sum(func.octet_length(func.concat(*SIZES))), 0))


async def add_item(session: AsyncSession, restaurant_id: UUID, *, owner_id: UUID, wanted: ItemCreate) -> MenuItem:
    """Add a dish to the menu of a restaurant of `owner_id`."""
    restaurant = await owned(session, restaurant_id, owner_id)
    row = MenuItem(restaurant_id=restaurant_id, **wanted.model_dump(exclude={"option_groups"}), option_groups=[])
    row.option_groups = options.settle(wanted.option_groups)
    row.position = await _last_position(session, row) + 1
    await _check(session, row, restaurant)
    session.add(row)
    await _publish(session, row)
    return row


async def read_item(session: AsyncSession, restaurant_id: UUID, item_id: UUID) -> MenuItem:
    """Return a dish of this menu. Raises ItemNotFoundError."""
    present = select(MenuItem).where(
        col(MenuItem.id) == item_id, col(MenuItem.restaurant_id) == restaurant_id, col(MenuItem.removed_at).is_(None)
    )
    row = (await session.exec(present)).one_or_none()
    if row is None:
        raise ItemNotFoundError
    return row


async def change_item(
    session: AsyncSession,
    restaurant_id: UUID,
    item_id: UUID,
    *,
    owner_id: UUID,
    change: ItemUpdate,
    version: Versions | None,
) -> MenuItem:
    """Apply `change`; without an effect the version stays and nothing is published."""
    restaurant = await owned(session, restaurant_id, owner_id, least_role_to_change_item(change.model_fields_set))
    row = await read_item(session, restaurant_id, item_id)
    refuse_stale(row.version, version)
    size = size_of(row.model_dump())
    for name, value in change.model_dump(exclude_unset=True, exclude={"option_groups"}).items():
        setattr(row, name, value)
    if "option_groups" in change.model_fields_set:
        row.option_groups = options.settle(change.option_groups, row.option_groups)
    if session.is_modified(row):
        await _check(session, row, restaurant, size)
        await _publish(session, row)
    return row


async def remove_item(
    session: AsyncSession, restaurant_id: UUID, item_id: UUID, *, owner_id: UUID, version: Versions | None
) -> None:
    """Remove a dish from the menu permanently."""
    await owned(session, restaurant_id, owner_id)
    row = await read_item(session, restaurant_id, item_id)
    refuse_stale(row.version, version)
    row.removed_at = now()
    await _publish(session, row)


async def _last_position(session: AsyncSession, row: MenuItem) -> int:
    last = select(func.max(MenuItem.position)).where(
        col(MenuItem.restaurant_id) == row.restaurant_id, col(MenuItem.removed_at).is_(None)
    )
    return (await session.exec(last)).one() or 0


async def _check(session: AsyncSession, row: MenuItem, restaurant: Restaurant, before: int = 0) -> None:
    """Check a new or changed dish, which had a size of `before` bytes, against the rest of the menu.

    A menu of the previous release that is already too large may change as long as it does not grow. Raises
    AmountTooLargeError, UnknownSectionError, ExternalIdTakenError, MenuFullError or MenuTooLargeError.
    """
    refuse_too_large(prices(row.price, row.option_groups), restaurant.currency)
    if row.section_id is not None and str(row.section_id) not in {one["id"] for one in restaurant.sections}:
        raise UnknownSectionError(f"The menu has no section {row.section_id}; GET the menu to see its sections.")
    with session.no_autoflush:
        others = (await session.exec(select(*OTHERS).where(*_others(row)))).one()
        if row.external_id is not None:
            same = select(MenuItem.id).where(*_others(row), col(MenuItem.external_id) == row.external_id)
            if (await session.exec(same)).first() is not None:
                raise ExternalIdTakenError(f"Another dish of the menu has the external id {row.external_id}.")
    size = size_of(row.model_dump())
    if size > before:
        whole = size_of_list(restaurant.sections) + others[1] + size
        refuse_too_many(others[0] + 1, whole, settings_of(session, MenuSettings))


def _others(row: MenuItem) -> tuple[ColumnElement[bool], ...]:
    """Return the condition for the other dishes of a dish's menu."""
    same_menu = col(MenuItem.restaurant_id) == row.restaurant_id
    return same_menu, col(MenuItem.removed_at).is_(None), col(MenuItem.id) != row.id


async def _publish(session: AsyncSession, row: MenuItem) -> None:
    """Store the change, give the menu a new ETag and publish the dish."""
    await session.flush()
    await new_tag(session, row.restaurant_id)
    event = snapshots.of_item(row)
    await publish(session, event, sequence=row.version)
    log.info(event.routing_key, restaurant_id=row.restaurant_id, item_id=row.id, revision=row.version)


async def new_tag(session: AsyncSession, restaurant_id: UUID) -> None:
    """Count a change of a menu, which gives it a new ETag."""
    # Not through the ORM, because the restaurant's version only counts changes of the restaurant.
    counted = update(Restaurant).where(col(Restaurant.id) == restaurant_id)
    await session.exec(
        counted.values(menu_version=Restaurant.menu_version + 1).execution_options(synchronize_session=False)
    )
