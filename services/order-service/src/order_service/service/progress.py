"""Orders on their way: every step goes through the machines here, and nowhere else."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlmodel import col, exists, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, IllegalTransitionError, now
from order_service import metrics
from order_service.errors import OrderChangedError, OrderNotFoundError
from order_service.machine import Attempt, change
from order_service.models import OrderFacts, OrderHistory
from order_service.schemas import OrderPublic
from order_service.service.history import step_of
from order_service.service.orders import with_lines
from order_service.service.storage import locked_order, store_step
from order_service.states import OrderStatus

log = structlog.get_logger()
# What an order learns from the events that move it.
LEARNT = ("delivery_id", "driver_id", "reason")


async def advance(session: AsyncSession, order_id: UUID, *, on: Event) -> None:
    """Take the step that an event of another service asks for.

    A repeat under another id, whose effect the order already has, is let go. Raises IllegalTransitionError when the
    event is ahead of its time or contradicts the order: it is tried again, and parked if nothing changes.
    """
    order = await locked_order(session, order_id)
    try:
        await _take(session, order, on.routing_key, on=on)
    except IllegalTransitionError:
        if not await _has_happened(session, order, on):
            raise
        log.info("order.event_repeated", order_id=str(order_id), trigger=on.routing_key, status=order.status)
        return
    if order.auto_accept and order.status is OrderStatus.PLACED:
        await _accept(session, order, order.prep_minutes, actor="system")


async def accept(
    session: AsyncSession, order_id: UUID, *, owner_id: UUID, version: int | None, prep_minutes: int
) -> OrderPublic:
    """Let the restaurant's owner take an order on."""
    order = await _commanded(session, order_id, owner_id, version)
    await _accept(session, order, prep_minutes)
    return await with_lines(session, order)


async def reject(
    session: AsyncSession, order_id: UUID, *, owner_id: UUID, version: int | None, reason: str
) -> OrderPublic:
    """Let the restaurant's owner turn an order down."""
    order = await _commanded(session, order_id, owner_id, version)
    await _take(session, order, "reject", reason=reason)
    return await with_lines(session, order)


async def ready(session: AsyncSession, order_id: UUID, *, owner_id: UUID, version: int | None) -> OrderPublic:
    """Let the restaurant's owner say that the food waits."""
    order = await _commanded(session, order_id, owner_id, version)
    await _take(session, order, "ready")
    return await with_lines(session, order)


async def _commanded(session: AsyncSession, order_id: UUID, owner_id: UUID, version: int | None) -> OrderFacts:
    order = await locked_order(session, order_id)
    if order.owner_id != owner_id:
        raise OrderNotFoundError
    if version not in {None, order.version}:
        raise OrderChangedError(f"It is at version {order.version} now.")
    return order


async def _accept(session: AsyncSession, order: OrderFacts, prep_minutes: int, actor: str | None = None) -> None:
    await _take(session, order, "accept", actor=actor, ready_at=now() + timedelta(minutes=prep_minutes))


async def _take(
    session: AsyncSession,
    order: OrderFacts,
    trigger: str,
    *,
    on: Event | None = None,
    actor: str | None = None,
    **facts: Any,
) -> None:
    """Change the order as the machines say, keep the step in its history, and publish it: all or nothing."""
    step = change(trigger, Attempt(order, on))
    came_from = order.status
    learnt = {name: getattr(on, name) for name in LEARNT if hasattr(on, name)}
    changed = {**facts, **learnt, "status": step.status, "kitchen": step.kitchen, "version": order.version + 1}
    for name, value in changed.items():
        setattr(order, name, value)
    event = step.emits.model_validate(order, from_attributes=True)
    told = event.routing_key
    row = step_of(order, came_from, trigger=trigger, event=told, actor=actor or step.by, at=now())
    await store_step(session, order, row, event)
    metrics.count(told.removeprefix("order."), order.created_at)
    log.info(told, order_id=str(order.id), revision=order.version)


async def _has_happened(session: AsyncSession, order: OrderFacts, event: Event) -> bool:
    if not Attempt(order, event).agrees:
        return False
    happened = exists().where(col(OrderHistory.order_id) == order.id, col(OrderHistory.trigger) == event.routing_key)
    return bool((await session.exec(select(happened))).one())
