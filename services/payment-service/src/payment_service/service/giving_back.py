"""Asks the provider for a refund that is stored, and books its answer."""

from functools import partial

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import after_commit, clear_deadline, now
from payment_service import ledger, metrics
from payment_service.models import Payment, Refund, RefundStatus, TransactionKind
from payment_service.service import asking
from payment_service.service.bookkeeping import post
from payment_service.service.settlement import shares_of
from payment_service.service.steps import advance
from payment_service.sharing import fewer

log = structlog.get_logger()
UNFINISHED = "refund.unfinished"


async def give_back(session: AsyncSession, payment: Payment, back: Refund) -> None:
    """Have the provider return the money, and tell what it did; raises ProviderUnavailableError.

    A refusal leaves the payment as it was, and somebody must look.
    """
    refusal = (await asking.refund(session, payment, back)).refusal if back.amount else None
    back.refusal, back.updated_at = refusal, now()
    if refusal is None:
        back.status = RefundStatus.DONE
        if back.amount:
            await _book(session, payment, back)
            took = (now() - back.created_at).total_seconds()
            after_commit(session, partial(metrics.refund_seconds.observe, took))
        trigger = "provider.refunded" if back.amount else "cancel.kept"
        await advance(session, payment, trigger, amount=back.amount, cause=back.cause)
    else:
        back.status = RefundStatus.REFUSED
        after_commit(session, metrics.attention.labels("refund_refused").inc)
        log.error("payment.refund_refused", payment_id=payment.id, refund_id=back.id, reason=refusal)
        await advance(session, payment, "provider.refund_refused", refusal, amount=back.amount)
    await clear_deadline(session, UNFINISHED, back.id)


async def _book(session: AsyncSession, payment: Payment, back: Refund) -> None:
    """Move the money: out of the clearing account, or from the payees when it had been shared out."""
    refunded = payment.refunded + back.amount
    if payment.settlement_id is None:
        kind, entries = TransactionKind.REFUND, ledger.refund(back.amount)
    else:
        before = await shares_of(session, payment, payment.settlement_id, payment.refunded)
        less = fewer(before, await shares_of(session, payment, payment.settlement_id, refunded))
        assert payment.restaurant_id is not None
        kind, entries = TransactionKind.CLAWBACK, ledger.clawback(less, payment.restaurant_id, payment.driver_id)
    await post(session, payment, kind, entries, back.id)
    # Changed after the statements above, which would store it: the row's version counts its steps.
    payment.refunded = refunded
