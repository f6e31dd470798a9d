"""The steps of deliveries and offers: the only place where a status changes, and what is told of it."""

from functools import partial
from typing import Any

import structlog
from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service import metrics
from delivery_service.machine import DELIVERY, OFFER, Answer
from delivery_service.models import ENGAGED, Delivery, Offer
from delivery_service.rules import privacy
from delivery_service.service.timers import limit_silence
from delivery_service.states import DeliveryStatus, OfferStatus
from foodchassis import Event, Step, after_commit, annotate, link, now, publish

log = structlog.get_logger()


async def lock(session: AsyncSession, which: ColumnElement[bool], *, wait: bool = True) -> Delivery | None:
    """Lock a delivery, and with it all its offers; without `wait`, one that others hold counts as missing."""
    statement = select(Delivery).where(which).with_for_update(skip_locked=not wait)
    delivery = (await session.exec(statement.execution_options(populate_existing=True))).one_or_none()
    if delivery is not None:
        link(delivery.traceparent)
    return delivery


async def advance(
    session: AsyncSession, delivery: Delivery, trigger: str, facts: dict[str, Any] | None = None, **changes: Any
) -> None:
    """Take the machine's step with `changes` to the row, and publish its event with `facts` the row doesn't hold.

    Raises IllegalTransitionError.
    """
    step = DELIVERY.step(delivery.status, trigger, delivery)
    delivery.status = step.target
    if step.target in DELIVERY.terminal:
        delivery.ended_at = now()
        if delivery.customer_erased:
            delivery.dropoff = privacy.erased_place(delivery.dropoff)
    for name, value in changes.items():
        setattr(delivery, name, value)
    await session.flush()
    await tell(session, delivery, step, facts or {})


async def tell(session: AsyncSession, delivery: Delivery, step: Step[DeliveryStatus], facts: dict[str, Any]) -> None:
    """Publish what a step emits, and log it."""
    annotate({"order.id": delivery.order_id})
    if step.target in DELIVERY.terminal:
        after_commit(session, metrics.deliveries_ended.labels(step.target).inc)
    log.info("delivery.advanced", delivery_id=delivery.id, order_id=delivery.order_id, to=step.target, by=step.trigger)
    if step.emits is not None:
        assert issubclass(step.emits, Event)
        known = {**delivery.model_dump(), "delivery_id": delivery.id, **facts}
        await publish(session, step.emits.model_validate(known), sequence=delivery.version)


def move(session: AsyncSession, offer: Offer, trigger: str) -> None:
    """Take the step of an offer. Raises IllegalTransitionError."""
    offer.status = OFFER.step(offer.status, trigger, Answer(offer.expires_at, now())).target
    if offer.closed_at is None:
        offer.closed_at = now()
        after_commit(session, metrics.offers_closed.labels(offer.status).inc)


async def assign(session: AsyncSession, delivery: Delivery, offer: Offer) -> None:
    """Give a delivery to the driver who takes the offer. Raises IllegalTransitionError."""
    move(session, offer, "accept")
    await advance(session, delivery, "offer.accepted", driver_id=offer.driver_id, assigned_at=now())
    await limit_silence(session, delivery)
    took = (now() - delivery.searching_since).total_seconds()
    after_commit(session, partial(metrics.time_to_assign.observe, took))


async def release(session: AsyncSession, delivery: Delivery, offer: Offer, trigger: str) -> None:
    """Close an offer that came to nothing; its driver isn't asked again. Raises IllegalTransitionError."""
    move(session, offer, trigger)
    await advance(session, delivery, "offer.lapsed" if offer.status is OfferStatus.LAPSED else "offer.declined")


async def close(session: AsyncSession, delivery: Delivery, trigger: str) -> Offer | None:
    """Close the offer that engages a driver for a delivery, and return it. Raises IllegalTransitionError."""
    offer = (await session.exec(select(Offer).where(col(Offer.delivery_id) == delivery.id, ENGAGED))).one_or_none()
    if offer is not None:
        move(session, offer, trigger)
        await session.flush()
    return offer
