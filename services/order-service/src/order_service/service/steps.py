"""The one way an order moves: through the machines, into its history, its timers, its event and its streams."""

from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, after_commit, now, resources
from foodevents import OrderDelivered
from order_service import metrics
from order_service.feed import tell_after_commit
from order_service.guards import Attempt
from order_service.learning import learnt
from order_service.machine import ENDED, ORDER, change
from order_service.models import OrderFacts
from order_service.service.erasure import erase_ended
from order_service.service.history import step_of
from order_service.service.storage import store_step
from order_service.settings import OrderSettings
from order_service.states import OrderStatus
from order_service.timers import running, timing

log = structlog.get_logger()


def knobs(session: AsyncSession) -> OrderSettings:
    """Return the settings of the running service."""
    settings = resources(session).settings
    assert isinstance(settings, OrderSettings)
    return settings


async def take(
    session: AsyncSession,
    order: OrderFacts,
    trigger: str,
    *,
    on: Event | None = None,
    actor: str | None = None,
    **facts: Any,
) -> None:
    """Change the order as the machines say, keep the step in its history, and publish it: all or nothing.

    What the step makes due follows at once: an automatic acceptance, or the end of a cancellation.
    """
    step = change(trigger, Attempt(order, on))
    if on is not None:
        facts |= learnt(order, on, moves=step.emits is not None)
    facts |= {"status": step.status, "kitchen": step.kitchen}
    if step.emits is None and (order.status in ENDED or not _changes(order, facts)):
        log.info("order.event_noted", order_id=str(order.id), trigger=trigger, status=order.status)
        return
    came_from, waited = order.status, running(order)
    for name, value in {**facts, "version": order.version + 1}.items():
        setattr(order, name, value)
    event = step.emits.model_validate(order, from_attributes=True) if step.emits else None
    told = event.routing_key if event else None
    row = step_of(order, came_from, trigger=trigger, event=told, actor=actor or step.by, at=now())
    await store_step(session, order, row, event, timing(waited, running(order), trigger, knobs(session)))
    tell_after_commit(session, order.id, order.version)
    if told:
        after_commit(session, partial(metrics.count, told.removeprefix("order."), order.created_at))
    if told == OrderDelivered.routing_key:
        promise = knobs(session).delivery_promise_seconds
        after_commit(session, partial(metrics.count_delivered, order.ready_at, promise))
    log.info(told or "order.event_noted", order_id=str(order.id), trigger=trigger, revision=order.version)
    await _follow_up(session, order)


async def accept(session: AsyncSession, order: OrderFacts, prep_minutes: int, actor: str | None = None) -> None:
    """Let the kitchen begin; the food is ready in `prep_minutes`."""
    at = now()
    ready_at = at + timedelta(minutes=prep_minutes)
    await take(session, order, "accept", actor=actor, accepted_at=at, ready_at=ready_at)


def _changes(order: OrderFacts, facts: dict[str, Any]) -> bool:
    return any(getattr(order, name) != value for name, value in facts.items())


async def _follow_up(session: AsyncSession, order: OrderFacts) -> None:
    if order.auto_accept and order.status is OrderStatus.PLACED and order.accepted_at is None:
        await accept(session, order, order.prep_minutes, actor="system")
    elif ORDER.allows(order.status, "closed", Attempt(order)):
        await take(session, order, "closed", needs_attention=False)
    elif order.customer_erased and order.status in ENDED:
        await erase_ended(session, order.customer_id)
