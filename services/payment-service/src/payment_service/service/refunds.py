"""Money on its way back: on a cancel, or because an admin says so.

A refund is stored before the provider is asked, in a transaction of its own, and its id is in the provider's key. So
what dies after the effect is finished later: by the event or request when it is repeated, by the next who refunds the
payment, or else by a deadline. A payment has one unfinished refund at most, since all who begin one hold its row.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import new_id, now, resources, set_deadline
from payment_service.errors import PaymentNotFoundError, RefundTooLargeError, RefundTooLateError
from payment_service.machine import PAYMENT
from payment_service.models import Payment, Refund, RefundStatus
from payment_service.schemas import RefundCreate
from payment_service.service.aside import aside
from payment_service.service.giving_back import UNFINISHED, give_back
from payment_service.service.steps import knobs, lock

log = structlog.get_logger()
CANCEL = "cancel"
# A deadline's handler holds the deadline's row: if it waited for a payment whose holder wants that row, both hung.
HELD_BY_OTHERS = timedelta(seconds=1)


async def refund(session: AsyncSession, payment_id: UUID, wanted: RefundCreate, request: UUID) -> Refund:
    """Give some of a captured payment back, or all that is left; `request` is the same when it is asked again.

    Raises PaymentNotFoundError, IllegalTransitionError, RefundTooLateError, RefundTooLargeError,
    ProviderUnavailableError.
    """
    payment = await lock(session, col(Payment.id) == payment_id)
    if payment is None:
        raise PaymentNotFoundError(f"There is no payment {payment_id}.")
    await _finish_begun(session, payment)
    asked_before = await _find(session, col(Refund.request) == request)
    if asked_before:
        return asked_before[0]
    amount = _allowed(session, payment, wanted.amount)
    refund_id = new_id()
    back = await _begin(
        session, payment, id=refund_id, cause=str(refund_id), request=request, amount=amount, reason=wanted.reason
    )
    await give_back(session, payment, back)
    return back


async def refund_on_cancel(session: AsyncSession, payment: Payment, keep: int) -> None:
    """Give back all of a captured payment but `keep`, less what an admin gave back before; once, and tell the order."""
    finished = await _finish_begun(session, payment)
    begun = await _find(session, col(Refund.payment_id) == payment.id, col(Refund.cause) == CANCEL)
    # A refusal that came just now is final for this time: the order asks again.
    if CANCEL in finished or (begun and begun[0].status is RefundStatus.DONE):
        log.info("payment.closed_before", order_id=payment.order_id, status=payment.status)
        return
    amount = max(0, payment.amount - payment.refunded - keep)
    back = await _begin(session, payment, id=new_id(), cause=CANCEL, amount=amount, reason=CANCEL)
    await give_back(session, payment, back)


async def resume_refund(session: AsyncSession, refund_id: UUID) -> None:
    """Finish a refund that was begun long ago, if nobody else has."""
    (back,) = await _find(session, col(Refund.id) == refund_id)
    payment = await lock(session, col(Payment.id) == back.payment_id, wait=False)
    if payment is None:
        await set_deadline(session, UNFINISHED, refund_id, HELD_BY_OTHERS)
        return
    await _finish_begun(session, payment)


def _allowed(session: AsyncSession, payment: Payment, wanted: int | None) -> int:
    """Return how much an admin may have given back; raises what `refund` does."""
    PAYMENT.step(payment.status, "provider.refunded", payment)
    window = knobs(session).refund_window
    assert payment.captured_at is not None
    if now() > payment.captured_at + window:
        raise RefundTooLateError(f"It was captured more than {window} ago.")
    left = payment.amount - payment.refunded
    if wanted is not None and wanted > left:
        raise RefundTooLargeError(f"{wanted} {payment.currency} asked back, {left} left.")
    return left if wanted is None else wanted


async def _finish_begun(session: AsyncSession, payment: Payment) -> set[str]:
    """Ask the provider again about refunds of a locked payment whose asker died; give their causes."""
    begun = await _find(session, col(Refund.payment_id) == payment.id, col(Refund.status) == RefundStatus.ASKED)
    for back in begun:
        await give_back(session, payment, back)
    return {back.cause for back in begun}


async def _begin(session: AsyncSession, payment: Payment, **facts: Any) -> Refund:
    """Store that the provider is about to be asked, for the first time or again after it refused."""
    draft = Refund(payment_id=payment.id, currency=payment.currency, **facts)
    upsert = insert(Refund).values(draft.model_dump())
    again = {
        "status": RefundStatus.ASKED,
        "attempt": Refund.attempt + 1,
        "amount": draft.amount,
        "refusal": None,
        "updated_at": draft.updated_at,
    }
    upsert = upsert.on_conflict_do_update(index_elements=["payment_id", "cause"], set_=again)
    async with aside(resources(session)) as own:
        stored: UUID = (await own.exec(upsert.returning(col(Refund.id)))).scalar_one()
        await set_deadline(own, UNFINISHED, stored, knobs(session).refund_finish)
    return (await _find(session, col(Refund.id) == stored))[0]


async def _find(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[Refund]:
    """Return the refunds that meet all conditions, as they are stored now, oldest first."""
    query = select(Refund).where(*conditions).order_by(col(Refund.created_at))
    return list((await session.exec(query.execution_options(populate_existing=True))).all())
