"""Shares out what was paid for orders that have ended, each payment once."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import func, literal, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import settings_of, transaction_of
from payment_service.errors import SettlementNotFoundError
from payment_service.models import (
    SHAREABLE,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    Settlement,
    SettlementMovement,
    TransactionKind,
)
from payment_service.rules import ledger
from payment_service.rules.commands import Settle
from payment_service.schemas import Payout, SettlementPublic
from payment_service.service.payments import take
from payment_service.settings import PaymentSettings

log = structlog.get_logger()
OURS = (ledger.Account.CUSTOMER, ledger.Account.PLATFORM_CLEARING)


async def settle(session: AsyncSession) -> SettlementPublic:
    """Share out the oldest payments that can be, and what was clawed back since; return what each payee gets."""
    settings = settings_of(session, PaymentSettings)
    settlement = Settlement(commission_bp=settings.commission_bp)
    session.add(settlement)
    await session.flush()
    command = Settle(settlement.id, settlement.commission_bp)
    for payment_id in await _shareable(session, settings.settlement_batch):
        await take(await transaction_of(session), payment_id, "settle", by="id", event=command)
    await _take_clawbacks(session, settlement)
    log.info("settlement.made", settlement_id=settlement.id)
    return await find_settlement(session, settlement.id)


async def find_settlement(session: AsyncSession, settlement_id: UUID) -> SettlementPublic:
    """Sum up what a settlement shared out, from the ledger; raises SettlementNotFoundError."""
    settlement = await session.get(Settlement, settlement_id)
    if settlement is None:
        raise SettlementNotFoundError(f"There is no settlement {settlement_id}.")
    return SettlementPublic(
        id=settlement.id,
        commission_bp=settlement.commission_bp,
        payments=await _count(session, settlement_id),
        payouts=[_payout(*row) for row in await _balances(session, settlement_id)],
        created_at=settlement.created_at,
    )


async def _shareable(session: AsyncSession, most: int) -> Sequence[UUID]:
    """Lock what can be shared out; what others hold now, or have yet to give back, is left to the next settlement."""
    query = select(Payment.id).where(text(SHAREABLE), col(Payment.closing).is_(None)).order_by(col(Payment.id))
    return (await session.exec(query.limit(most).with_for_update(key_share=True, skip_locked=True))).all()


async def _take_clawbacks(session: AsyncSession, settlement: Settlement) -> None:
    """Let this settlement count the clawbacks that none has counted."""
    counted = select(SettlementMovement.transaction_id).where(
        col(SettlementMovement.transaction_id) == LedgerTransaction.id
    )
    new = select(LedgerTransaction.id, literal(settlement.id)).where(
        LedgerTransaction.kind == TransactionKind.CLAWBACK, ~counted.exists()
    )
    taken = insert(SettlementMovement).from_select(["transaction_id", "settlement_id"], new)
    # Another settlement may take them at this moment.
    await session.exec(taken.on_conflict_do_nothing())


async def _count(session: AsyncSession, settlement_id: UUID) -> int:
    query = select(func.count()).select_from(Payment).where(Payment.settlement_id == settlement_id)
    return (await session.exec(query)).one()


async def _balances(session: AsyncSession, settlement_id: UUID) -> Sequence[tuple[str, str, int]]:
    """Sum the movements of a settlement for each payee's account and currency."""
    query = (
        select(LedgerEntry.account, LedgerTransaction.currency, func.sum(LedgerEntry.amount))
        .join(LedgerTransaction, col(LedgerTransaction.id) == LedgerEntry.transaction_id)
        .join(SettlementMovement, col(SettlementMovement.transaction_id) == LedgerTransaction.id)
        .where(SettlementMovement.settlement_id == settlement_id, col(LedgerEntry.account).not_in(OURS))
        .group_by(LedgerEntry.account, LedgerTransaction.currency)
        .order_by(LedgerEntry.account, LedgerTransaction.currency)
    )
    return (await session.exec(query)).all()


def _payout(account: str, currency: str, amount: int) -> Payout:
    kind, owner = ledger.payee(account)
    return Payout(payee=kind, payee_id=owner, amount=int(amount), currency=currency)
