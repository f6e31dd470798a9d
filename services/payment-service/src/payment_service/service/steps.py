"""The one way to a payment's row, and the one way its status changes."""

from typing import Any

import structlog
from sqlalchemy import ColumnElement
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, after_commit, annotate, now, publish, resources
from payment_service import metrics
from payment_service.machine import PAYMENT
from payment_service.models import Payment
from payment_service.settings import PaymentSettings

log = structlog.get_logger()


async def lock(session: AsyncSession, which: ColumnElement[bool] | bool, *, wait: bool = True) -> Payment | None:
    """Return a payment that stays ours until the end; None if there is none, or others hold it and we don't wait."""
    # Without the key: a refund that points at the payment is stored aside meanwhile.
    query = select(Payment).where(which).with_for_update(key_share=True, skip_locked=not wait)
    return (await session.exec(query.execution_options(populate_existing=True))).one_or_none()


async def advance(
    session: AsyncSession, payment: Payment, trigger: str, reason: str | None = None, **facts: Any
) -> None:
    """Take the machine's step and tell of it, with `facts` where the payment's own don't say it."""
    annotate({"order.id": payment.order_id})
    before, step = payment.status, PAYMENT.step(payment.status, trigger, payment)
    payment.status, payment.reason, payment.updated_at = step.target, reason, now()
    await session.flush()
    assert step.emits is not None
    assert issubclass(step.emits, Event)
    event = step.emits.model_validate({**payment.model_dump(), "payment_id": payment.id, **facts})
    await publish(session, event, sequence=payment.version)
    if payment.status is not before:
        after_commit(session, metrics.reached.labels(payment.status).inc)
    log.info(step.emits.routing_key, payment_id=payment.id, order_id=payment.order_id, reason=reason)


def knobs(session: AsyncSession) -> PaymentSettings:
    """Return this service's settings."""
    settings = resources(session).settings
    assert isinstance(settings, PaymentSettings)
    return settings
