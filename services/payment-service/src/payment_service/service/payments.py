"""What an order does to its payment: hold, capture, close.

The provider is asked after the intention is stored and before the outcome is. Its key is the payment's id and the
operation; so when we die after its effect, the event comes again, the provider repeats its first answer, and one effect
gets one outcome. The row stays locked meanwhile: another event of the same order waits or is postponed, never crosses.
"""

from uuid import UUID

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import after_commit, new_id, now, resources
from foodevents import OrderAccepted, OrderCreated
from payment_service import ledger, metrics
from payment_service.errors import HoldMismatchError, PaymentNotFoundError, PaymentUnansweredError, VoidRefusedError
from payment_service.machine import PAYMENT
from payment_service.models import Payment, PaymentStatus, TransactionKind
from payment_service.service import asking
from payment_service.service.aside import aside
from payment_service.service.bookkeeping import post
from payment_service.service.refunds import refund_on_cancel
from payment_service.service.steps import advance, lock

log = structlog.get_logger()
ANSWERED = frozenset(
    {
        PaymentStatus.CAPTURED,
        PaymentStatus.CAPTURE_FAILED,
        PaymentStatus.PARTIALLY_REFUNDED,
        PaymentStatus.REFUNDED,
        PaymentStatus.VOIDED,
    }
)


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
    await advance(session, payment, "provider.declined" if answer.refusal else "provider.authorized", answer.refusal)


async def capture(session: AsyncSession, order: OrderAccepted) -> None:
    """Take what is held for an order, whole; a hold that can't be taken is released.

    Raises IllegalTransitionError before the hold exists, HoldMismatchError, ProviderUnavailableError.
    """
    payment = await _payment_of(session, order.order_id)
    if payment.status in ANSWERED:
        # Accepted twice under two event ids, or the order was closed before its acceptance came.
        log.info("payment.captured_before", order_id=order.order_id, status=payment.status)
        return
    PAYMENT.step(payment.status, "provider.captured")
    if (order.total, order.currency) != (payment.amount, payment.currency):
        raise HoldMismatchError(f"{order.total} {order.currency} asked, {payment.amount} {payment.currency} held.")
    answer = await asking.capture(session, payment)
    if answer.refusal is None:
        await post(session, payment, TransactionKind.CAPTURE, ledger.capture(payment.amount))
        payment.captured_at = now()
        await advance(session, payment, "provider.captured")
    else:
        kept = (await asking.void(session, payment)).refusal
        if kept is not None:
            # The order ends all the same; a hold that nobody takes lapses at the provider.
            after_commit(session, metrics.attention.labels("hold_kept").inc)
            log.error("payment.hold_kept", payment_id=payment.id, reason=kept)
        await advance(session, payment, "provider.capture_refused", answer.refusal)


async def close(session: AsyncSession, order_id: UUID, keep: int = 0) -> None:
    """Give back all of an order's money but `keep`: release what is held, or refund what was taken.

    Raises PaymentNotFoundError and PaymentUnansweredError ahead of its time, VoidRefusedError,
    ProviderUnavailableError.
    """
    payment = await _payment_of(session, order_id)
    match payment.status:
        case PaymentStatus.AUTHORIZING:
            raise PaymentUnansweredError(f"The order {order_id} has no answer yet.")
        case PaymentStatus.AUTHORIZED:
            answer = await asking.void(session, payment)
            if answer.refusal is not None:
                raise VoidRefusedError(f"The provider says {answer.refusal}.")
            await advance(session, payment, "provider.voided")
        case PaymentStatus.CAPTURED | PaymentStatus.PARTIALLY_REFUNDED | PaymentStatus.REFUNDED:
            await refund_on_cancel(session, payment, keep)
        case PaymentStatus.DECLINED | PaymentStatus.VOIDED | PaymentStatus.CAPTURE_FAILED:
            # Nothing is held, and the order was told so when that came to be.
            log.info("payment.closed_before", order_id=order_id, status=payment.status)


async def _intend(session: AsyncSession, order: OrderCreated) -> None:
    """Store the payment before the provider is asked, in a transaction of its own: no hold without its payment."""
    parts = {"restaurant_id", "subtotal", "delivery_fee", "service_fee", "tax", "tip"}
    values = {
        **order.model_dump(include=parts),
        "id": new_id(),
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "amount": order.total,
        "refunded": 0,
        "currency": order.currency,
        "status": PAYMENT.step(None, order.routing_key).target,
        "version": 1,
        "created_at": now(),
        "updated_at": now(),
    }
    async with aside(resources(session)) as own:
        await own.exec(insert(Payment).values(values).on_conflict_do_nothing(index_elements=["order_id"]))


async def _payment_of(session: AsyncSession, order_id: UUID) -> Payment:
    payment = await lock(session, col(Payment.order_id) == order_id)
    if payment is None:
        raise PaymentNotFoundError(f"The order {order_id} has no payment yet.")
    return payment
