"""Putting dishes on a menu, changing them and taking them off."""

from uuid import UUID

import structlog
from sqlalchemy import func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Versions, now, publish, resources
from menu_service.errors import ItemNotFoundError, MenuFullError
from menu_service.models import MenuItem, Restaurant
from menu_service.rules import options
from menu_service.rules.amounts import prices, refuse_too_large
from menu_service.rules.staffing import least_role_to_change_item
from menu_service.schemas import ItemCreate, ItemUpdate
from menu_service.service import snapshots
from menu_service.service.restaurants import owned, refuse_stale
from menu_service.settings import MenuSettings

log = structlog.get_logger()


async def add_item(session: AsyncSession, restaurant_id: UUID, *, owner_id: UUID, wanted: ItemCreate) -> MenuItem:
    """Put a dish on the menu of a restaurant of `owner_id`."""
    restaurant = await owned(session, restaurant_id, owner_id)
    await _refuse_overflow(session, restaurant_id)
    row = MenuItem(restaurant_id=restaurant_id, **wanted.model_dump(exclude={"option_groups"}), option_groups=[])
    row.option_groups = options.settle(wanted.option_groups)
    refuse_too_large(prices(row.price, row.option_groups), restaurant.currency)
    session.add(row)
    await _tell(session, row)
    return row


async def read_item(session: AsyncSession, restaurant_id: UUID, item_id: UUID) -> MenuItem:
    """Return a dish of this menu; ItemNotFoundError when it isn't there (any more)."""
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
    """Change what `change` names; one that changes nothing keeps the version and publishes nothing."""
    restaurant = await owned(session, restaurant_id, owner_id, least_role_to_change_item(change.model_fields_set))
    row = await read_item(session, restaurant_id, item_id)
    refuse_stale(row.version, version)
    for name, value in change.model_dump(exclude_unset=True, exclude={"option_groups"}).items():
        setattr(row, name, value)
    if "option_groups" in change.model_fields_set:
        row.option_groups = options.settle(change.option_groups, row.option_groups)
    refuse_too_large(prices(row.price, row.option_groups), restaurant.currency)
    if session.is_modified(row):
        await _tell(session, row)
    return row


async def remove_item(
    session: AsyncSession, restaurant_id: UUID, item_id: UUID, *, owner_id: UUID, version: Versions | None
) -> None:
    """Take a dish off the menu for good."""
    await owned(session, restaurant_id, owner_id)
    row = await read_item(session, restaurant_id, item_id)
    refuse_stale(row.version, version)
    row.removed_at = now()
    await _tell(session, row)


async def _refuse_overflow(session: AsyncSession, restaurant_id: UUID) -> None:
    settings = resources(session).settings
    assert isinstance(settings, MenuSettings)
    dishes = select(func.count()).where(
        col(MenuItem.restaurant_id) == restaurant_id, col(MenuItem.removed_at).is_(None)
    )
    if (await session.exec(dishes)).one() >= settings.max_items:
        raise MenuFullError(f"A menu has at most {settings.max_items} dishes.")


async def _tell(session: AsyncSession, row: MenuItem) -> None:
    """Store the change, give the menu a new tag and publish the dish as it is now."""
    await session.flush()
    # Not through the ORM: the restaurant's own version counts only changes to the restaurant.
    counted = update(Restaurant).where(col(Restaurant.id) == row.restaurant_id)
    await session.exec(
        counted.values(menu_version=Restaurant.menu_version + 1).execution_options(synchronize_session=False)
    )
    event = snapshots.of_item(row)
    await publish(session, event, sequence=row.version)
    log.info(event.routing_key, restaurant_id=row.restaurant_id, item_id=row.id, revision=row.version)
