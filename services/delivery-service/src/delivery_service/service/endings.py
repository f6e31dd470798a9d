"""Ends that no driver chose: the order is cancelled, nobody is found, the driver falls silent."""

from datetime import timedelta
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.adapters import positions
from delivery_service.machine import DELIVERY
from delivery_service.models import Delivery, Driver
from delivery_service.service.deliveries import held
from delivery_service.service.knobs import knobs
from delivery_service.service.rides import lose_driver
from delivery_service.service.search import free
from delivery_service.service.steps import advance, close, lock, tell
from delivery_service.service.timers import HELD_BY_OTHERS, OFFER_LAPSED, OVERDUE, stop
from delivery_service.states import DeliveryStatus
from foodchassis import clear_deadline, now, resources, set_deadline
from foodevents import OrderCancelRequested

log = structlog.get_logger()


async def cancel(session: AsyncSession, order: OrderCancelRequested) -> None:
    """End the delivery of an order that is being cancelled, as far as it has or will get one."""
    if not order.paid:
        log.info("delivery.never_asked_for", order_id=order.order_id)
    elif not await _cancelled_before_it_began(session, order):
        delivery = await held(session, col(Delivery.order_id) == order.order_id)
        if DELIVERY.allows(delivery.status, order.routing_key, delivery):
            await _end(session, delivery, order.routing_key)
        else:
            # Its end was published when it came, and answers the cancellation as well.
            log.info("delivery.ended_before", delivery_id=delivery.id, status=delivery.status)


async def run_out(session: AsyncSession, delivery_id: UUID) -> None:
    """End a search that took too long, or look for another driver when this one says nothing."""
    delivery = await lock(session, col(Delivery.id) == delivery_id, wait=False)
    if delivery is None:
        await set_deadline(session, OVERDUE, delivery_id, HELD_BY_OTHERS)
    elif delivery.status is DeliveryStatus.ASSIGNED:
        await _listen(session, delivery)
    elif DELIVERY.allows(delivery.status, "search.over", delivery):
        await _end(session, delivery, "search.over")


async def _cancelled_before_it_began(session: AsyncSession, order: OrderCancelRequested) -> bool:
    """Take the order's place in the table; when it is announced as paid later, it is in already."""
    step = DELIVERY.step(None, order.routing_key)
    known = order.model_dump(include={"order_id", "customer_id", "restaurant_id", "currency"})
    draft = Delivery(status=step.target, version=1, delivery_fee=0, tip=0, ended_at=now(), **known)
    statement = insert(Delivery).values(draft.model_dump()).on_conflict_do_nothing(index_elements=["order_id"])
    delivery = (await session.exec(statement.returning(Delivery))).scalar_one_or_none()
    if delivery is not None:
        await tell(session, delivery, step, {})
    return delivery is not None


async def _end(session: AsyncSession, delivery: Delivery, trigger: str) -> None:
    """End a delivery we hold; its timers stop, and whoever was asked or on the way is free."""
    await advance(session, delivery, trigger)
    await stop(session, delivery)
    if offer := await close(session, delivery, "withdraw"):
        await clear_deadline(session, OFFER_LAPSED, offer.id)
        await free(session, offer.driver_id)


async def _listen(session: AsyncSession, delivery: Delivery) -> None:
    """Wait on for a driver who was heard of; one who was not goes offline, and another is searched for."""
    statement = (
        select(Driver).where(col(Driver.id) == delivery.driver_id).with_for_update(skip_locked=True, key_share=True)
    )
    driver = (await session.exec(statement.execution_options(populate_existing=True))).one_or_none()
    # Who holds a driver's row is hearing from them right now.
    left = HELD_BY_OTHERS if driver is None else _patience(session, delivery, driver)
    if driver is None or left > timedelta():
        await set_deadline(session, OVERDUE, delivery.id, left)
        return
    driver.online = False
    await session.flush()
    with positions.forgiving():
        await positions.remove(resources(session).get(Redis), driver.id)
    await lose_driver(session, delivery, "driver.silent", "The driver fell silent.")


def _patience(session: AsyncSession, delivery: Delivery, driver: Driver) -> timedelta:
    """Say how much longer a driver may be silent."""
    settings = knobs(session)
    assert delivery.assigned_at is not None, "an assigned delivery knows since when"
    heard = [delivery.assigned_at]
    if driver.located_at is not None:
        # Only now and then is a position made durable: the last word may be so much younger.
        heard.append(driver.located_at + timedelta(seconds=settings.position_interval))
    return max(heard) + timedelta(seconds=settings.driver_silence) - now()
