"""An admin's refund over HTTP, which begins in one transaction and waits for the provider after it."""

import asyncio
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, OnceOnly, Resources, publish
from foodchassis.messaging import Effects
from foodchassis.storage import transaction_of
from foodevents import AdminActed
from payment_service.errors import ProviderUnavailableError, RefundNotFoundError
from payment_service.models import Payment, Refund, RefundStatus
from payment_service.rules.commands import RefundWanted
from payment_service.schemas import RefundCreate
from payment_service.service.payments import take
from payment_service.settings import PaymentSettings

# The interval between reads of a refund that another instance sends.
LOOK_SECONDS = 0.05


async def refund(resources: Resources, payment_id: UUID, wanted: RefundCreate, admin_id: UUID, once: OnceOnly) -> None:
    """Refund a part of a captured payment or the remaining amount, and wait for the provider outside any transaction.

    Raises PaymentNotFoundError, IllegalTransitionError, RefundTooLateError, RefundTooLargeError, and
    ProviderUnavailableError when the response does not arrive in time: repeating the request finds it later.
    """
    async with resources.get(Database).transaction() as session:
        await once.replay(session)
        command = RefundWanted(once.id, wanted.amount, wanted.reason)
        await take(await transaction_of(session), payment_id, "refund", by="id", event=command)
        # The same request repeated is the same action.
        action = AdminActed(
            admin_id=admin_id, action="payment.refunded", object_id=payment_id, reason=wanted.reason, action_id=once.id
        )
        await publish(session, action)
    try:
        async with asyncio.timeout(resources.get(PaymentSettings).provider_timeout):
            before = None
            while asking := await _asking(resources, once.id):
                if asking == before:
                    await asyncio.sleep(LOOK_SECONDS)
                await resources.get(Effects).finished(asking, resources.get(PaymentSettings).provider_timeout)
                before = asking
    except TimeoutError as error:
        raise ProviderUnavailableError("The refund continues: repeat the request with the same key.") from error


async def find_refund(session: AsyncSession, payment_id: UUID, refund_id: UUID) -> Refund:
    """Return a refund of a payment. Raises RefundNotFoundError."""
    query = select(Refund).where(Refund.id == refund_id, Refund.payment_id == payment_id)
    found = (await session.exec(query)).one_or_none()
    if found is None:
        raise RefundNotFoundError(f"The payment has no refund {refund_id}.")
    return found


async def refund_of(session: AsyncSession, request: UUID) -> Refund:
    """Return the refund of a request."""
    return (await session.exec(select(Refund).where(Refund.request == request))).one()


async def _asking(resources: Resources, request: UUID) -> str | None:
    """Return the key of the open request to the provider, while the refund of an HTTP request waits for it."""
    query = select(Payment.id, Payment.asking).join(Refund, col(Refund.payment_id) == Payment.id)
    async with resources.get(Database).transaction() as session:
        waiting = query.where(Refund.request == request, Refund.status == RefundStatus.ASKED)
        found = (await session.exec(waiting)).one_or_none()
    return None if found is None else f"{found[0]}:{found[1]}"
