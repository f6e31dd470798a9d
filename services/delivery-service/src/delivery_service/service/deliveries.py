"""Deliveries: their creation, steps and reading."""

from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy import ColumnElement, or_, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.adapters import positions
from delivery_service.decide import Input
from delivery_service.errors import DeliveryNotFoundError
from delivery_service.models import Delivery, DeliveryFacts, DeliveryStatus
from delivery_service.rules.deadlines import DRIVER_SILENT, OVERDUE
from delivery_service.rules.dispatch import may_wait
from delivery_service.schemas import DeliveryFilter, DeliveryPublic
from delivery_service.service.candidates import distance_to_nearest
from delivery_service.service.search import move, react
from delivery_service.service.storage import DELIVERIES, policy_of
from foodchassis import PageQuery, Principal, new_id, now, publish
from foodchassis.kernel import BusyError
from foodchassis.messaging import load
from foodchassis.storage import Statement, Transaction, transaction_of
from foodevents import AdminActed, OrderCancelRequested, OrderPaid

log = structlog.get_logger()
TO_BE_FOUND = {DeliveryStatus.ASSIGNED, DeliveryStatus.PICKED_UP}
# The state after each report, so that a report repeated after a lost response changes nothing.
REPORTED = {"pickup": DeliveryStatus.PICKED_UP, "deliver": DeliveryStatus.DELIVERED}
# Another transaction that has locked the driver's row is handling a report.
HEAR = "SELECT located_at FROM drivers WHERE id = %(id)s FOR NO KEY UPDATE SKIP LOCKED"


async def begin(transaction: Transaction, order: OrderPaid) -> None:
    """Create the delivery of a paid order, and search for its driver when it is time."""
    before = await load(transaction, DELIVERIES, order.order_id, by="order_id")
    nearest_m = None
    if before is None and may_wait(order.ready_at, now(), policy_of(transaction.resources)):
        nearest_m = await distance_to_nearest(transaction, order.pickup)
    await react(transaction, before, order.routing_key, Input(order, delivery_id=new_id(), nearest_m=nearest_m))


async def cancel(transaction: Transaction, order: OrderCancelRequested) -> None:
    """Cancel the delivery of an order, also one that does not exist yet."""
    if order.paid:
        given = Input(order, delivery_id=new_id())
        await move(transaction, order.order_id, order.routing_key, by="order_id", given=given)
    else:
        log.info("delivery.never_asked_for", order_id=order.order_id)


async def expire(transaction: Transaction, key: UUID, timer: str, by: str = "id") -> None:
    """Handle a timer. Raises BusyError when the delivery or its driver is locked."""
    before = await load(transaction, DELIVERIES, key, by=by, wait=False)
    if before is not None and before.status is DeliveryStatus.ASSIGNED and timer in {DRIVER_SILENT, OVERDUE}:
        before = await _heard(transaction, before)
    decided = await react(transaction, before, timer, Input(offer_id=key))
    for offline in decided.history:
        with positions.forgiving():
            await positions.remove(transaction.resources.get(Redis), offline.driver_id)


async def report(
    session: AsyncSession, delivery_id: UUID, driver: Principal, trigger: str, reason: str = ""
) -> DeliveryPublic:
    """Apply a driver's report of a step. Raises DeliveryNotFoundError or IllegalTransitionError."""
    transaction = await transaction_of(session)
    before = await load(transaction, DELIVERIES, delivery_id)
    if before is None or before.driver_id != driver.id:
        raise DeliveryNotFoundError
    if before.status is REPORTED.get(trigger):
        return shown(before, driver)
    return shown((await react(transaction, before, trigger, Input(reason=reason))).row, driver)


async def reassign(session: AsyncSession, delivery_id: UUID, admin: Principal, reason: str) -> DeliveryPublic:
    """Withdraw a delivery from its driver. Raises DeliveryNotFoundError or IllegalTransitionError."""
    transaction = await transaction_of(session)
    before = await load(transaction, DELIVERIES, delivery_id)
    if before is None:
        raise DeliveryNotFoundError
    decided = await react(transaction, before, "unassign", Input(reason=reason))
    action = AdminActed(admin_id=admin.id, action="delivery.reassigned", object_id=delivery_id, reason=reason)
    await publish(session, action)
    log.info("delivery.reassigned", delivery_id=str(delivery_id), admin_id=str(admin.id))
    return shown(decided.row, admin)


async def list_visible(
    session: AsyncSession, user: Principal, page: PageQuery, wanted: DeliveryFilter
) -> dict[str, Any]:
    """Return a page of the caller's deliveries that match the filter, newest first."""
    statement = select(Delivery).where(_visible(user))
    if wanted.order_id is not None:
        statement = statement.where(col(Delivery.order_id) == wanted.order_id)
    if wanted.driver_id is not None:
        statement = statement.where(col(Delivery.driver_id) == wanted.driver_id)
    if wanted.status is not None:
        statement = statement.where(col(Delivery.status).in_(wanted.status))
    found = await session.exec(page.of(statement, col(Delivery.id), wanted.since))
    return page.page([shown(one, user) for one in found])


async def find(session: AsyncSession, delivery_id: UUID, user: Principal) -> DeliveryPublic:
    """Return a delivery that the caller may see. Raises DeliveryNotFoundError."""
    statement = select(Delivery).where(col(Delivery.id) == delivery_id, _visible(user))
    if (delivery := (await session.exec(statement)).one_or_none()) is None:
        raise DeliveryNotFoundError
    return shown(delivery, user)


def shown(delivery: Delivery | DeliveryFacts, user: Principal) -> DeliveryPublic:
    """Return a delivery as `user` may see it: a driver sees the address only while it is needed."""
    public = DeliveryPublic.model_validate(delivery)
    drives = delivery.driver_id == user.id and delivery.status in TO_BE_FOUND
    if drives or delivery.customer_id == user.id or "admin" in user.roles:
        return public
    return public.model_copy(update={"dropoff": None})


async def _heard(transaction: Transaction, delivery: DeliveryFacts) -> DeliveryFacts:
    """Lock the driver of a delivery, and return the delivery with the driver's last report."""
    (rows,) = await transaction.send(Statement(HEAR, {"id": delivery.driver_id}))
    if not rows:
        raise BusyError("The driver is reporting at this moment.")
    return delivery.model_copy(update={"heard_at": rows[0][0]})


def _visible(user: Principal) -> ColumnElement[bool]:
    if "admin" in user.roles:
        return true()
    return or_(col(Delivery.customer_id) == user.id, col(Delivery.driver_id) == user.id)
