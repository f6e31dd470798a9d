"""Deliveries: begun when an order is paid, read by those concerned, and brought to the door."""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service import metrics
from delivery_service.errors import DeliveryNotFoundError
from delivery_service.machine import DELIVERY
from delivery_service.models import Delivery, Driver, Offer, OfferStatus
from delivery_service.service.candidates import position
from delivery_service.service.search import match, search
from delivery_service.service.steps import advance, lock, move, tell
from foodchassis import PageQuery, Principal, now
from foodevents import OrderPaid

log = structlog.get_logger()


async def begin(session: AsyncSession, order: OrderPaid) -> None:
    """Make the delivery of a paid order and look for its driver."""
    step = DELIVERY.step(None, order.routing_key)
    draft = Delivery(status=step.target, version=1, **order.model_dump(mode="python"))
    statement = insert(Delivery).values(draft.model_dump()).on_conflict_do_nothing(index_elements=["order_id"])
    delivery = (await session.exec(statement.returning(Delivery))).scalar_one_or_none()
    if delivery is None:
        # The order was announced twice under two event ids; one delivery is enough.
        log.info("delivery.begun_before", order_id=order.order_id)
        return
    await tell(session, delivery, step, {})
    await search(session, delivery)


async def note_ready(session: AsyncSession, order_id: UUID) -> None:
    """Note that the food waits at the counter. Raises DeliveryNotFoundError before the order was announced as paid."""
    delivery = await _held(session, col(Delivery.order_id) == order_id)
    if delivery.food_ready_at is None and delivery.picked_up_at is None:
        delivery.food_ready_at = now()


async def list_visible(
    session: AsyncSession, user: Principal, page: PageQuery, order_id: UUID | None
) -> dict[str, Any]:
    """List the deliveries a caller drives or waits for, newest first, or that of one order."""
    statement = select(Delivery).where(_visible(user)).order_by(col(Delivery.id).desc()).limit(page.limit + 1)
    if order_id is not None:
        statement = statement.where(col(Delivery.order_id) == order_id)
    if page.before is not None:
        statement = statement.where(col(Delivery.id) < page.before)
    return page.page((await session.exec(statement)).all())


async def find(session: AsyncSession, delivery_id: UUID, user: Principal) -> Delivery:
    """Return a delivery the caller may see. Raises DeliveryNotFoundError."""
    statement = select(Delivery).where(col(Delivery.id) == delivery_id, _visible(user))
    return _found((await session.exec(statement)).one_or_none())


async def pick_up(session: AsyncSession, delivery_id: UUID, driver_id: UUID) -> Delivery:
    """Take the food from the counter. Raises DeliveryNotFoundError, IllegalTransitionError."""
    delivery = await _held(session, col(Delivery.id) == delivery_id, col(Delivery.driver_id) == driver_id)
    await _pick_up(session, delivery)
    return delivery


async def hand_over(session: AsyncSession, delivery_id: UUID, driver_id: UUID) -> Delivery:
    """Give the food to the customer. Raises DeliveryNotFoundError, IllegalTransitionError."""
    delivery = await _held(session, col(Delivery.id) == delivery_id, col(Delivery.driver_id) == driver_id)
    await _hand_over(session, delivery)
    return delivery


async def pick_up_unasked(session: AsyncSession, delivery_id: UUID, driver_id: UUID) -> None:
    """Take the food for a driver who works hands-free, once the order knows its driver."""
    if delivery := await _hands_free(session, delivery_id, "pickup", driver_id):
        await _pick_up(session, delivery)


async def hand_over_unasked(session: AsyncSession, delivery_id: UUID) -> None:
    """Give the food to the customer for a driver who works hands-free, once the order knows it is under way."""
    if delivery := await _hands_free(session, delivery_id, "deliver"):
        await _hand_over(session, delivery)


async def _hands_free(
    session: AsyncSession, delivery_id: UUID, trigger: str, driver_id: UUID | None = None
) -> Delivery | None:
    """Return the delivery if its driver works hands-free and the step is still to be taken."""
    delivery = await _held(session, col(Delivery.id) == delivery_id)
    if not DELIVERY.allows(delivery.status, trigger, delivery) or driver_id not in (None, delivery.driver_id):
        # The driver was quicker by hand, or the news is older than the present driver.
        log.info("delivery.step_not_needed", delivery_id=delivery_id, trigger=trigger, status=delivery.status)
        return None
    driver = await session.get_one(Driver, delivery.driver_id)
    return delivery if driver.auto_accept else None


async def _pick_up(session: AsyncSession, delivery: Delivery) -> None:
    await advance(session, delivery, "pickup", picked_up_at=now())


async def _hand_over(session: AsyncSession, delivery: Delivery) -> None:
    """Take the last step; the driver is free again and matched to what waits."""
    await advance(session, delivery, "deliver", delivered_at=now())
    metrics.time_to_deliver.observe((now() - delivery.created_at).total_seconds())
    taken = (col(Offer.delivery_id) == delivery.id, col(Offer.status) == OfferStatus.ACCEPTED)
    move((await session.exec(select(Offer).where(*taken))).one(), "deliver")
    await session.flush()
    driver = await session.get_one(Driver, delivery.driver_id)
    if (here := position(driver)) is not None:
        await match(session, driver.id, here)


async def _held(session: AsyncSession, *which: ColumnElement[bool]) -> Delivery:
    return _found(await lock(session, and_(*which)))


def _found(delivery: Delivery | None) -> Delivery:
    if delivery is None:
        raise DeliveryNotFoundError
    return delivery


def _visible(user: Principal) -> ColumnElement[bool]:
    if "admin" in user.roles:
        return true()
    return or_(col(Delivery.customer_id) == user.id, col(Delivery.driver_id) == user.id)
