"""Rides: what the driver of a delivery does on the way, to the door or to another end."""

from functools import partial
from uuid import UUID

import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service import metrics
from delivery_service.machine import DELIVERY
from delivery_service.models import Delivery, Driver
from delivery_service.schemas import DeliveryPublic
from delivery_service.service.deliveries import held, shown
from delivery_service.service.search import free, search
from delivery_service.service.steps import advance, close
from delivery_service.service.timers import OVERDUE, limit_search
from foodchassis import Principal, after_commit, clear_deadline, now

log = structlog.get_logger()


async def pick_up(session: AsyncSession, delivery_id: UUID, driver: Principal) -> DeliveryPublic:
    """Take the food from the counter. Raises DeliveryNotFoundError, IllegalTransitionError."""
    delivery = await _driven(session, delivery_id, driver)
    await _pick_up(session, delivery)
    return shown(delivery, driver)


async def hand_over(session: AsyncSession, delivery_id: UUID, driver: Principal) -> DeliveryPublic:
    """Give the food to the customer. Raises DeliveryNotFoundError, IllegalTransitionError."""
    delivery = await _driven(session, delivery_id, driver)
    await _hand_over(session, delivery)
    return shown(delivery, driver)


async def unassign(session: AsyncSession, delivery_id: UUID, driver: Principal, reason: str) -> DeliveryPublic:
    """Give a delivery back before the pick-up. Raises DeliveryNotFoundError, IllegalTransitionError."""
    delivery = await _driven(session, delivery_id, driver)
    await lose_driver(session, delivery, "unassign", reason)
    await free(session, driver.id)
    return shown(delivery, driver)


async def fail(session: AsyncSession, delivery_id: UUID, driver: Principal, reason: str) -> DeliveryPublic:
    """Give up at the door. Raises DeliveryNotFoundError, IllegalTransitionError."""
    delivery = await _driven(session, delivery_id, driver)
    await give_up(session, delivery, reason)
    await free(session, driver.id)
    return shown(delivery, driver)


async def pick_up_unasked(session: AsyncSession, delivery_id: UUID, driver_id: UUID) -> None:
    """Take the food for a driver who works hands-free, once the order knows its driver."""
    if delivery := await _hands_free(session, delivery_id, "pickup", driver_id):
        await _pick_up(session, delivery)


async def hand_over_unasked(session: AsyncSession, delivery_id: UUID) -> None:
    """Give the food to the customer for a driver who works hands-free, once the order knows it is under way."""
    if delivery := await _hands_free(session, delivery_id, "deliver"):
        await _hand_over(session, delivery)


async def lose_driver(session: AsyncSession, delivery: Delivery, trigger: str, reason: str) -> None:
    """Search anew for a delivery we hold; who had it isn't asked again. Raises IllegalTransitionError."""
    facts = {"driver_id": delivery.driver_id, "reason": reason}
    await advance(session, delivery, trigger, facts, driver_id=None, assigned_at=None, searching_since=now())
    after_commit(session, metrics.drivers_lost.labels(trigger).inc)
    await close(session, delivery, "unassign")
    await search(session, delivery)
    await limit_search(session, delivery)


async def give_up(session: AsyncSession, delivery: Delivery, reason: str) -> None:
    """End a delivery we hold without the food being handed over. Raises IllegalTransitionError."""
    await advance(session, delivery, "fail", {"reason": reason})
    await close(session, delivery, "fail")


async def _hands_free(
    session: AsyncSession, delivery_id: UUID, trigger: str, driver_id: UUID | None = None
) -> Delivery | None:
    """Return the delivery if its driver works hands-free and the step is still to be taken."""
    delivery = await held(session, col(Delivery.id) == delivery_id)
    if not DELIVERY.allows(delivery.status, trigger, delivery) or driver_id not in (None, delivery.driver_id):
        # The driver was quicker by hand, the news is older than the present driver, or the order was cancelled.
        log.info("delivery.step_not_needed", delivery_id=delivery_id, trigger=trigger, status=delivery.status)
        return None
    driver = await session.get_one(Driver, delivery.driver_id)
    return delivery if driver.auto_accept else None


async def _pick_up(session: AsyncSession, delivery: Delivery) -> None:
    await advance(session, delivery, "pickup", picked_up_at=now())
    await clear_deadline(session, OVERDUE, delivery.id)


async def _hand_over(session: AsyncSession, delivery: Delivery) -> None:
    """Take the last step; the driver is free again and matched to what waits."""
    await advance(session, delivery, "deliver", delivered_at=now())
    took = (now() - delivery.created_at).total_seconds()
    after_commit(session, partial(metrics.time_to_deliver.observe, took))
    if offer := await close(session, delivery, "deliver"):
        await free(session, offer.driver_id)


async def _driven(session: AsyncSession, delivery_id: UUID, driver: Principal) -> Delivery:
    return await held(session, col(Delivery.id) == delivery_id, col(Delivery.driver_id) == driver.id)
