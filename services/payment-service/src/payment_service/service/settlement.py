"""Shares out what was paid for orders that have ended, each payment once."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from uuid import UUID

import structlog
from sqlalchemy import func, literal, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import now
from payment_service import ledger
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
from payment_service.schemas import Payout, SettlementPublic
from payment_service.service.bookkeeping import post
from payment_service.service.steps import advance, knobs
from payment_service.sharing import Bill, Shares, shares

log = structlog.get_logger()
OURS = (ledger.Account.CUSTOMER, ledger.Account.PLATFORM_CLEARING)


async def settle(session: AsyncSession) -> SettlementPublic:
    """Share out the oldest payments that can be, and what was clawed back since; give what each payee is to be paid."""
    settlement = Settlement(commission_bp=knobs(session).commission_bp)
    session.add(settlement)
    await session.flush()
    for payment in await _shareable(session):
        await _share_out(session, payment, settlement)
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


async def shares_of(session: AsyncSession, payment: Payment, settlement_id: UUID, refunded: int) -> Shares:
    """Share out a payment by the commission of its settlement, as if so much of it had gone back."""
    settlement = await session.get_one(Settlement, settlement_id)
    assert payment.ending is not None
    shared = shares(_bill(payment), settlement.commission_bp, payment.ending, refunded)
    # What nobody earned by driving stays with the platform.
    return shared if payment.driver_id else replace(shared, driver=0, platform=shared.platform + shared.driver)


async def _shareable(session: AsyncSession) -> Sequence[Payment]:
    """Lock what can be shared out; what others hold now is left to the next settlement."""
    query = select(Payment).where(text(SHAREABLE)).order_by(col(Payment.id)).limit(knobs(session).settlement_batch)
    return (await session.exec(query.with_for_update(key_share=True, skip_locked=True))).all()


async def _share_out(session: AsyncSession, payment: Payment, settlement: Settlement) -> None:
    shared = await shares_of(session, payment, settlement.id, payment.refunded)
    assert payment.restaurant_id is not None
    entries = ledger.settlement(shared, payment.restaurant_id, payment.driver_id)
    movement = await post(session, payment, TransactionKind.SETTLEMENT, entries)
    await session.exec(insert(SettlementMovement).values(transaction_id=movement, settlement_id=settlement.id))
    payment.settled_at, payment.settlement_id = now(), settlement.id
    await advance(session, payment, "settle", None, **asdict(shared))


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


def _bill(payment: Payment) -> Bill:
    parts = payment.model_dump(include=set(Bill.__slots__))
    assert None not in parts.values()
    return Bill(**parts)
