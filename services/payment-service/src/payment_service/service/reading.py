"""Reading payments, limited to those that the caller may see."""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from foodchassis import PageQuery, Principal
from payment_service.errors import PaymentNotFoundError
from payment_service.models import LedgerEntry, LedgerTransaction, Payment, Refund, TransactionKind
from payment_service.schemas import EntryPublic, LedgerPublic, PaymentFilter, RefundPublic
from payment_service.service.restaurants import owned_by


async def find_payment(session: AsyncSession, payment_id: UUID, user: Principal) -> Payment:
    """Return a payment that the caller may see. Raises PaymentNotFoundError."""
    payment = (await session.exec(_visible_to(user).where(Payment.id == payment_id))).one_or_none()
    if payment is None:
        raise PaymentNotFoundError(f"No payment of yours has the id {payment_id}.")
    return payment


async def list_payments(
    session: AsyncSession, user: Principal, page: PageQuery, wanted: PaymentFilter
) -> dict[str, Any]:
    """Return a page of the caller's payments that match the filter, newest first."""
    query = _visible_to(user)
    for column, value in (
        (Payment.order_id, wanted.order_id),
        (Payment.restaurant_id, wanted.restaurant_id),
        (Payment.customer_id, wanted.customer_id),
    ):
        if value is not None:
            query = query.where(col(column) == value)
    if wanted.status is not None:
        query = query.where(col(Payment.status).in_(wanted.status))
    return page.page((await session.exec(page.of(query, col(Payment.id), wanted.since))).all())


async def ledger_of(session: AsyncSession, payment_id: UUID) -> LedgerPublic:
    """Return the refunds of a payment and its entries in the ledger. Raises PaymentNotFoundError."""
    if await session.get(Payment, payment_id) is None:
        raise PaymentNotFoundError(f"There is no payment {payment_id}.")
    refunds = (await session.exec(select(Refund).where(Refund.payment_id == payment_id).order_by(col(Refund.id)))).all()
    mine = col(LedgerTransaction.payment_id) == payment_id
    # Each of these conditions has its index.
    moved = or_(
        and_(mine, col(LedgerTransaction.kind) == TransactionKind.CAPTURE),
        and_(mine, col(LedgerTransaction.kind) == TransactionKind.SETTLEMENT),
        col(LedgerTransaction.refund_id).in_([refund.id for refund in refunds]),
    )
    query = select(LedgerTransaction, LedgerEntry).join(LedgerEntry).where(moved)
    order = (col(LedgerTransaction.at), col(LedgerTransaction.id), col(LedgerEntry.account))
    entries = [
        EntryPublic(**movement.model_dump(exclude={"id", "payment_id"}), **entry.model_dump())
        for movement, entry in (await session.exec(query.order_by(*order))).all()
    ]
    public = [RefundPublic.model_validate(refund) for refund in refunds]
    return LedgerPublic(payment_id=payment_id, refunds=public, entries=entries)


def _visible_to(user: Principal) -> SelectOfScalar[Payment]:
    """Return the condition of a customer's payments, those of an owner's restaurants, or all for an admin."""
    query = select(Payment)
    if "admin" in user.roles:
        return query
    if "restaurant" in user.roles:
        return query.where(col(Payment.restaurant_id).in_(owned_by(user.id)))
    return query.where(Payment.customer_id == user.id)
