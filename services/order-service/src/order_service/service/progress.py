"""Orders that events and passed timers move."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlmodel import col, exists, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, IllegalTransitionError, after_commit, set_deadline
from order_service import metrics
from order_service.guards import Attempt
from order_service.machine import change
from order_service.models import OrderFacts, OrderHistory
from order_service.service.steps import take
from order_service.service.storage import free_order, locked_order
from order_service.timers import CANCELLING_STUCK, PAYMENT_UNANSWERED, RESTAURANT_SILENT

log = structlog.get_logger()
# A timer's handler holds the timer's row: if it waited for an order whose holder wants that row, both hung.
HELD_BY_OTHERS = timedelta(seconds=1)
# What an order learns from a timer that has passed.
LEARNT: dict[str, dict[str, Any]] = {
    PAYMENT_UNANSWERED: {"reason": "no answer"},
    RESTAURANT_SILENT: {"reason": "the restaurant did not answer"},
    CANCELLING_STUCK: {"needs_attention": True},
}


async def advance(session: AsyncSession, order_id: UUID, *, on: Event) -> None:
    """Take the step that an event of another service asks for.

    A repeat under another id, whose effect the order already has, is let go. Raises IllegalTransitionError when the
    event is ahead of its time or contradicts the order: it is tried again, and parked if nothing changes.
    """
    order = await locked_order(session, order_id)
    try:
        await take(session, order, on.routing_key, on=on)
    except IllegalTransitionError:
        if not await _has_happened(session, order, on):
            raise
        log.info("order.event_repeated", order_id=str(order_id), trigger=on.routing_key, status=order.status)


async def run_out(session: AsyncSession, order_id: UUID, timer: str) -> None:
    """Take the step that a passed timer asks for, unless the order went on in the meantime."""
    order = await free_order(session, order_id)
    if order is None:
        await set_deadline(session, timer, order_id, HELD_BY_OTHERS)
        return
    try:
        change(timer, Attempt(order))
    except IllegalTransitionError:
        log.info("order.timer_outrun", order_id=str(order_id), timer=timer, status=order.status)
        return
    await take(session, order, timer, **LEARNT.get(timer, {}))
    if timer == CANCELLING_STUCK:
        after_commit(session, metrics.stuck.inc)
        log.error("order.needs_attention", order_id=str(order_id), revision=order.version)


async def _has_happened(session: AsyncSession, order: OrderFacts, event: Event) -> bool:
    if not Attempt(order, event).repeats:
        return False
    happened = exists().where(col(OrderHistory.order_id) == order.id, col(OrderHistory.trigger) == event.routing_key)
    return bool((await session.exec(select(happened))).one())
