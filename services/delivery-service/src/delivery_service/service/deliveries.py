"""Deliveries: begun when an order is paid, and read by those concerned."""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, exists, or_, true
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.errors import DeliveryNotFoundError
from delivery_service.machine import DELIVERY
from delivery_service.models import Delivery, Erasure
from delivery_service.schemas import DeliveryPublic
from delivery_service.service import search
from delivery_service.service.steps import lock, tell
from delivery_service.states import DeliveryStatus
from foodchassis import PageQuery, Principal, now, traceparent
from foodevents import OrderPaid

log = structlog.get_logger()
TO_BE_FOUND = {DeliveryStatus.ASSIGNED, DeliveryStatus.PICKED_UP}


async def begin(session: AsyncSession, order: OrderPaid) -> None:
    """Make the delivery of a paid order and look for its driver, once it is time."""
    step = DELIVERY.step(None, order.routing_key)
    since = await search.beginning(session, order.pickup, order.ready_at)
    facts = {**order.model_dump(mode="python"), "searching_since": since, "traceparent": traceparent()}
    draft = Delivery(status=step.target, version=1, **facts)
    forgotten = exists().where(col(Erasure.user_id) == order.customer_id)
    values = {**draft.model_dump(), "customer_erased": forgotten}
    statement = insert(Delivery).values(values).on_conflict_do_nothing(index_elements=["order_id"])
    delivery = (await session.exec(statement.returning(Delivery))).scalar_one_or_none()
    if delivery is None:
        # Announced twice under two event ids, or cancelled before it was known: there is nothing to look for.
        log.info("delivery.begun_before", order_id=order.order_id)
        return
    await tell(session, delivery, step, {})
    await search.begin(session, delivery)


async def note_ready(session: AsyncSession, order_id: UUID) -> None:
    """Note that the food waits at the counter, and let the search wait no more.

    Raises DeliveryNotFoundError before the order was announced as paid.
    """
    delivery = await held(session, col(Delivery.order_id) == order_id)
    if delivery.food_ready_at is None and delivery.picked_up_at is None and delivery.ended_at is None:
        delivery.food_ready_at = now()
        if delivery.status is DeliveryStatus.SEARCHING and delivery.searching_since > now():
            delivery.searching_since = now()
            await search.begin(session, delivery)


async def list_visible(
    session: AsyncSession, user: Principal, page: PageQuery, order_id: UUID | None
) -> dict[str, Any]:
    """List the deliveries a caller drives or waits for, newest first, or that of one order."""
    statement = select(Delivery).where(_visible(user)).order_by(col(Delivery.id).desc()).limit(page.limit + 1)
    if order_id is not None:
        statement = statement.where(col(Delivery.order_id) == order_id)
    if page.before is not None:
        statement = statement.where(col(Delivery.id) < page.before)
    return page.page([shown(one, user) for one in await session.exec(statement)])


async def find(session: AsyncSession, delivery_id: UUID, user: Principal) -> DeliveryPublic:
    """Return a delivery the caller may see. Raises DeliveryNotFoundError."""
    statement = select(Delivery).where(col(Delivery.id) == delivery_id, _visible(user))
    return shown(_found((await session.exec(statement)).one_or_none()), user)


async def held(session: AsyncSession, *which: ColumnElement[bool]) -> Delivery:
    """Lock a delivery. Raises DeliveryNotFoundError."""
    return _found(await lock(session, and_(*which)))


def shown(delivery: Delivery, user: Principal) -> DeliveryPublic:
    """Show a delivery as `user` may see it: a driver sees the door only while it is theirs to find."""
    public = DeliveryPublic.model_validate(delivery)
    drives = delivery.driver_id == user.id and delivery.status in TO_BE_FOUND
    if drives or delivery.customer_id == user.id or "admin" in user.roles:
        return public
    return public.model_copy(update={"dropoff": None})


def _found(delivery: Delivery | None) -> Delivery:
    if delivery is None:
        raise DeliveryNotFoundError
    return delivery


def _visible(user: Principal) -> ColumnElement[bool]:
    if "admin" in user.roles:
        return true()
    return or_(col(Delivery.customer_id) == user.id, col(Delivery.driver_id) == user.id)
