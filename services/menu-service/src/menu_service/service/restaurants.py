"""Opening a restaurant and changing it."""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import PageQuery, Schema, publish, settings_of
from foodchassis.kernel import fold
from foodchassis.web import Versions
from foodevents import StaffRole
from menu_service.errors import (
    CurrencyInUseError,
    RestaurantNotFoundError,
    StaffRoleError,
    StaleVersionError,
    TooManyRestaurantsError,
)
from menu_service.models import MenuItem, Restaurant, basis_points
from menu_service.rules.amounts import refuse_too_large
from menu_service.rules.staffing import least_role_to_change_restaurant
from menu_service.schemas import RestaurantCreate, RestaurantOwn, RestaurantPublic, RestaurantUpdate
from menu_service.service import snapshots
from menu_service.service.owners import refuse_erased
from menu_service.settings import MenuSettings

log = structlog.get_logger()


async def open_restaurant(session: AsyncSession, *, owner_id: UUID, wanted: RestaurantCreate) -> Restaurant:
    """Open a restaurant that belongs to `owner_id`; in production an admin has to approve it first.

    Raises OwnerErasedError or TooManyRestaurantsError.
    """
    # It serializes the requests of one account, so that the count is exact.
    await refuse_erased(session, owner_id)
    settings = settings_of(session, MenuSettings)
    owned_before = select(func.count()).where(col(Restaurant.owner_id) == owner_id)
    if (await session.exec(owned_before)).one() >= settings.restaurants_per_account:
        raise TooManyRestaurantsError(
            f"An account may have {settings.restaurants_per_account}; open more with another account."
        )
    row = Restaurant(owner_id=owner_id, standing=settings.first_standing, **_columns(wanted))
    refuse_too_large([row.delivery_fee], row.currency)
    session.add(row)
    await session.flush()
    await publish(session, snapshots.of_restaurant(row), sequence=row.version)
    log.info("restaurant.opened", restaurant_id=row.id)
    return row


async def read_restaurant(session: AsyncSession, restaurant_id: UUID) -> Restaurant:
    """Return a restaurant. Raises RestaurantNotFoundError."""
    row = await session.get(Restaurant, restaurant_id)
    if row is None:
        raise RestaurantNotFoundError
    return row


async def list_owned(session: AsyncSession, owner_id: UUID, page: PageQuery) -> dict[str, Any]:
    """Return a page of the restaurants that a user owns or works at, newest first, without closed ones."""
    query = select(Restaurant).where(_works_at(owner_id), col(Restaurant.closed_at).is_(None))
    rows = (await session.exec(page.of(query, col(Restaurant.id)))).all()
    return page.page([of_staff(row, owner_id) for row in rows])


def of_staff(row: Restaurant, user_id: UUID) -> RestaurantOwn:
    """Return a restaurant for its staff."""
    public = dict(RestaurantPublic.model_validate(row))
    return RestaurantOwn.model_validate(
        {**public, "standing_reason": row.standing_reason, "role": row.role_of(user_id)}
    )


async def change_restaurant(
    session: AsyncSession, restaurant_id: UUID, *, owner_id: UUID, change: RestaurantUpdate, version: Versions | None
) -> Restaurant:
    """Apply `change`; without an effect the version stays and nothing is published."""
    row = await owned(session, restaurant_id, owner_id, least_role_to_change_restaurant(change.model_fields_set))
    refuse_stale(row.version, version)
    before = row.currency
    for name, value in _columns(change).items():
        setattr(row, name, value)
    if row.currency != before and await _has_items(session, row.id):
        raise CurrencyInUseError(f"Its dishes are priced in {before}; remove them first.")
    refuse_too_large([row.delivery_fee], row.currency)
    if session.is_modified(row):
        await session.flush()
        await publish(session, snapshots.of_restaurant(row), sequence=row.version)
        log.info("restaurant.changed", restaurant_id=row.id, revision=row.version)
    return row


async def owned(
    session: AsyncSession, restaurant_id: UUID, user_id: UUID, least: StaffRole = StaffRole.MANAGER
) -> Restaurant:
    """Return a restaurant where `user_id` has at least the role `least`, locked to serialise its changes.

    Raises RestaurantNotFoundError for one where the user does not work, an unknown one and a closed one, and
    StaffRoleError for a lower role.
    """
    mine = select(Restaurant).where(
        col(Restaurant.id) == restaurant_id, _works_at(user_id), col(Restaurant.closed_at).is_(None)
    )
    row = (await session.exec(mine.with_for_update(key_share=True))).one_or_none()
    role = None if row is None else row.role_of(user_id)
    if row is None or role is None:
        raise RestaurantNotFoundError
    if not role.covers(least):
        raise StaffRoleError(f"This needs the role {least} at this restaurant; yours is {role}.")
    return row


def _works_at(user_id: UUID) -> ColumnElement[bool]:
    return or_(col(Restaurant.owner_id) == user_id, col(Restaurant.staff).contains([{"user_id": str(user_id)}]))


def refuse_stale(present: int, expected: Versions | None) -> None:
    """Raise StaleVersionError when the current version is not one that the caller expects."""
    if expected is not None and present not in expected:
        raise StaleVersionError(f"The current version is {present}; read it again.", version=present)


async def _has_items(session: AsyncSession, restaurant_id: UUID) -> bool:
    with session.no_autoflush:
        items = select(MenuItem.id).where(
            col(MenuItem.restaurant_id) == restaurant_id, col(MenuItem.removed_at).is_(None)
        )
        return (await session.exec(items.limit(1))).first() is not None


def _columns(body: Schema) -> dict[str, Any]:
    columns = body.model_dump(exclude_unset=isinstance(body, RestaurantUpdate))
    if "name" in columns:
        columns["folded_name"] = fold(columns["name"])
    if "tax_rates" in columns:
        columns["tax_rates"] = {category: ppm for category, ppm in columns["tax_rates"].items() if ppm is not None}
    ppm = columns.pop("tax_rate_ppm", None)
    if ppm is not None:
        columns |= {"tax_ppm": ppm, "tax_rate_bp": basis_points(ppm)}
    elif "tax_rate_bp" in columns:
        columns["tax_ppm"] = columns["tax_rate_bp"] * 100
    return {**columns.pop("place", {}), **columns}
