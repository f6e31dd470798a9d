"""Drivers: profiles, availability and positions."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from sqlalchemy import exists
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.adapters import positions
from delivery_service.errors import DriverNotFoundError
from delivery_service.models import ACTIVE, Delivery, Driver, Erasure, Vehicle
from delivery_service.rules.dispatch import Position
from delivery_service.schemas import Availability, DriverUpdate, Location
from delivery_service.service.offers import decline_open
from delivery_service.service.search import match
from delivery_service.settings import DeliverySettings
from foodchassis import now, resources, settings_of
from foodchassis.storage import transaction_of


async def save_profile(session: AsyncSession, driver_id: UUID, profile: DriverUpdate) -> Driver:
    """Create or change a driver; in production an admin must approve new ones.

    Raises DriverNotFoundError for an erased user.
    """
    if await session.get(Erasure, driver_id) is not None:
        raise DriverNotFoundError("This account was closed.")
    given: dict[str, Any] = {
        "name": profile.name,
        "vehicle": Vehicle(profile.vehicle),
        "auto_accept": profile.auto_accept,
    }
    draft = Driver(id=driver_id, standing=settings_of(session, DeliverySettings).first_standing, **given)
    statement = insert(Driver).values(draft.model_dump()).on_conflict_do_update(index_elements=["id"], set_=given)
    saved: Driver = (await session.exec(statement.returning(Driver))).scalar_one()
    return saved


async def get_profile(session: AsyncSession, driver_id: UUID) -> Driver:
    """Return a driver. Raises DriverNotFoundError."""
    return await _driver(session, driver_id)


async def set_availability(session: AsyncSession, driver_id: UUID, wish: Availability) -> Driver:
    """Bring a driver online, with offers of waiting deliveries at once, or offline. Raises DriverNotFoundError."""
    driver = await _driver(session, driver_id, lock=True)
    driver.online = wish.online
    await session.flush()
    here = None if driver.lat is None or driver.lng is None else Position(driver.lat, driver.lng)
    with positions.forgiving():
        if not driver.online:
            await positions.remove(resources(session).get(Redis), driver.id)
        elif here is not None:
            await positions.put(resources(session).get(Redis), driver.id, here)
    if not driver.online:
        await decline_open(await transaction_of(session), driver.id)
    elif here is not None:
        await match(await transaction_of(session), driver.id, here)
    return driver


async def locate(session: AsyncSession, driver_id: UUID, here: Location) -> None:
    """Store a position: immediately in Redis and for streams, occasionally in PostgreSQL.

    Raises DriverNotFoundError.
    """
    driver = await _driver(session, driver_id)
    interval = timedelta(seconds=settings_of(session, DeliverySettings).position_interval)
    if not driver.online or driver.located_at is None or now() - driver.located_at >= interval:
        driver.lat, driver.lng, driver.located_at = here.lat, here.lng, now()
        await session.flush()
    if driver.online:
        with positions.forgiving():
            await positions.put(resources(session).get(Redis), driver.id, here)
    under_way = select(Delivery.order_id).where(col(Delivery.driver_id) == driver_id, ACTIVE)
    if (order_id := (await session.exec(under_way)).one_or_none()) is not None:
        with positions.forgiving():
            await positions.publish(resources(session).get(Redis), order_id, here)
    elif driver.online:
        await match(await transaction_of(session), driver.id, here)


async def _driver(session: AsyncSession, driver_id: UUID, *, lock: bool = False) -> Driver:
    gone = exists().where(col(Erasure.user_id) == driver_id)
    statement = select(Driver).where(col(Driver.id) == driver_id, ~gone)
    if lock:
        statement = statement.with_for_update(key_share=True)
    driver = (await session.exec(statement)).one_or_none()
    if driver is None:
        raise DriverNotFoundError("Introduce yourself first: PUT /drivers/me.")
    return driver
