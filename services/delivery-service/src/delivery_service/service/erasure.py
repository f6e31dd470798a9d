"""Erasure: who asks to be forgotten leaves no name, no position and no address here."""

from datetime import timedelta
from uuid import UUID

from redis.asyncio import Redis
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.adapters import positions
from delivery_service.machine import DELIVERY
from delivery_service.models import ACTIVE, Delivery, Driver, Erasure
from delivery_service.rules import privacy
from delivery_service.service.offers import decline_open
from delivery_service.service.rides import give_up, lose_driver
from delivery_service.service.steps import lock
from delivery_service.service.timers import FORGET_AGAIN
from delivery_service.states import DeliveryStatus
from foodchassis import resources, set_deadline

# What was under way and unseen while we forgot has ended by then: no transaction lasts so long.
UNSEEN = timedelta(minutes=2)
GONE = "The driver's account was closed."


async def erase(session: AsyncSession, user_id: UUID) -> None:
    """Forget a person now and for ever, and once more for what happened meanwhile."""
    # The timer first: its handler waits for rows that we hold from here on.
    await set_deadline(session, FORGET_AGAIN, user_id, UNSEEN)
    await session.exec(insert(Erasure).values(Erasure(user_id=user_id).model_dump()).on_conflict_do_nothing())
    await forget(session, user_id)


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """Anonymise a driver and a customer; harmless when repeated."""
    await _forget_driver(session, user_id)
    await _forget_doors(session, user_id)


async def _forget_driver(session: AsyncSession, driver_id: UUID) -> None:
    statement = select(Driver).where(col(Driver.id) == driver_id).with_for_update(key_share=True)
    if (driver := (await session.exec(statement)).one_or_none()) is None:
        return
    driver.name, driver.online, driver.auto_accept = privacy.ERASED, False, False
    driver.lat = driver.lng = driver.located_at = None
    await session.flush()
    with positions.forgiving():
        await positions.remove(resources(session).get(Redis), driver_id)
    await decline_open(session, driver_id)
    delivery = await lock(session, (col(Delivery.driver_id) == driver_id) & ACTIVE)
    if delivery is None:
        return
    if delivery.status is DeliveryStatus.ASSIGNED:
        await lose_driver(session, delivery, "unassign", GONE)
    else:
        await give_up(session, delivery, GONE)


async def _forget_doors(session: AsyncSession, customer_id: UUID) -> None:
    """Forget where a customer lives, at once or, for food under way, when it has arrived."""
    statement = select(Delivery).where(col(Delivery.customer_id) == customer_id).order_by(col(Delivery.id))
    for delivery in await session.exec(statement.with_for_update().execution_options(populate_existing=True)):
        delivery.customer_erased = True
        if delivery.status in DELIVERY.terminal:
            delivery.dropoff = privacy.erased_place(delivery.dropoff)
