"""Writes movements of money into the ledger."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from payment_service.models import LedgerEntry, LedgerTransaction, Payment, TransactionKind


async def post(
    session: AsyncSession,
    payment: Payment,
    kind: TransactionKind,
    entries: Mapping[str, int],
    refund_id: UUID | None = None,
) -> UUID:
    """Record one movement of `payment`, an amount for each account, in sum zero; give the movement's id."""
    movement = LedgerTransaction(payment_id=payment.id, kind=kind, refund_id=refund_id, currency=payment.currency)
    rows = [{"transaction_id": movement.id, "account": name, "amount": amount} for name, amount in entries.items()]
    await session.exec(insert(LedgerTransaction).values(movement.model_dump()))
    await session.exec(insert(LedgerEntry).values(rows))
    return movement.id
