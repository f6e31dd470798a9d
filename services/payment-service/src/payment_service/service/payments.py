"""What an order does to its payment: hold, capture, release.

The provider is asked after the intention is stored and before the outcome is. Its key is the payment's id and the
operation; so when we die after its effect, the event comes again, the provider repeats its first answer, and one effect
gets one outcome. The row stays locked meanwhile: another event of the same order waits or is postponed, never crosses.
"""

from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, new_id, now, publish, resources
from foodevents import OrderAccepted, OrderCreated
from payment_service import ledger
from payment_service.errors import HoldMismatchError, PaymentNotFoundError, VoidRefusedError
from payment_service.machine import PAYMENT
from payment_service.models import Payment, PaymentStatus, TransactionKind
from payment_service.service import asking
from payment_service.service.bookkeeping import post

log = structlog.get_logger()
reached = Counter("payments", "Payments by the status they reached", ["status"])


async def authorize(session: AsyncSession, order: OrderCreated) -> None:
    """Hold an order's total on the customer's card; raises ProviderUnavailableError."""
    await _intend(session, order)
    payment = await _payment_of(session, order.order_id)
    if payment.status is not PaymentStatus.AUTHORIZING:
        # The order was announced twice under two event ids; the first has been answered.
        log.info("payment.authorized_before", order_id=order.order_id)
        return
    answer = await asking.authorize(session, payment, order.payment_method)
    payment.hold = answer.hold
    await _advance(session, payment, "provider.declined" if answer.refusal else "provider.authorized", answer.refusal)


async def capture(session: AsyncSession, order: OrderAccepted) -> None:
    """Take what is held for an order, whole.

    Raises IllegalTransitionError before the hold exists, HoldMismatchError, ProviderUnavailableError.
    """
    payment = await _payment_of(session, order.order_id)
    if payment.status in (PaymentStatus.CAPTURED, PaymentStatus.CAPTURE_FAILED):
        # Accepted twice under two event ids; the first has been answered.
        log.info("payment.captured_before", order_id=order.order_id)
        return
    PAYMENT.step(payment.status, "provider.captured")
    if (order.total, order.currency) != (payment.amount, payment.currency):
        raise HoldMismatchError(f"{order.total} {order.currency} asked, {payment.amount} {payment.currency} held.")
    answer = await asking.capture(session, payment)
    if answer.refusal is None:
        await post(session, payment, TransactionKind.CAPTURE, ledger.capture(payment.amount))
    await _advance(
        session, payment, "provider.capture_refused" if answer.refusal else "provider.captured", answer.refusal
    )


async def void(session: AsyncSession, order_id: UUID) -> None:
    """Release what is held for an order.

    Raises IllegalTransitionError before the hold exists, VoidRefusedError, ProviderUnavailableError.
    """
    payment = await _payment_of(session, order_id)
    if payment.status is PaymentStatus.VOIDED:
        # Rejected twice under two event ids; the first has been answered.
        log.info("payment.voided_before", order_id=order_id)
        return
    PAYMENT.step(payment.status, "provider.voided")
    answer = await asking.void(session, payment)
    if answer.refusal is not None:
        raise VoidRefusedError(f"The provider says {answer.refusal}.")
    await _advance(session, payment, "provider.voided")


async def _intend(session: AsyncSession, order: OrderCreated) -> None:
    """Store the payment before the provider is asked, in a transaction of its own: no hold without its payment."""
    values = {
        "id": new_id(),
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "amount": order.total,
        "currency": order.currency,
        "status": PAYMENT.step(None, order.routing_key).target,
        "version": 1,
        "created_at": now(),
        "updated_at": now(),
    }
    async with resources(session).database.transaction() as own:
        await own.exec(insert(Payment).values(values).on_conflict_do_nothing(index_elements=["order_id"]))


async def _payment_of(session: AsyncSession, order_id: UUID) -> Payment:
    payment = (await session.exec(select(Payment).where(Payment.order_id == order_id).with_for_update())).one_or_none()
    if payment is None:
        raise PaymentNotFoundError(f"The order {order_id} has no payment yet.")
    return payment


async def _advance(session: AsyncSession, payment: Payment, trigger: str, reason: str | None = None) -> None:
    """Take the machine's step, the only way a status changes, and tell of it."""
    step = PAYMENT.step(payment.status, trigger)
    payment.status, payment.reason, payment.updated_at = step.target, reason, now()
    await session.flush()
    assert step.emits is not None
    assert issubclass(step.emits, Event)
    facts = {**payment.model_dump(), "payment_id": payment.id}
    await publish(session, step.emits.model_validate(facts), sequence=payment.version)
    reached.labels(payment.status).inc()
    log.info(step.emits.routing_key, payment_id=payment.id, order_id=payment.order_id, reason=reason)
