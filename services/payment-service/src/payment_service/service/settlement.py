"""Settles the payments of ended orders, each once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, literal, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from foodchassis import PageQuery, Principal, publish, settings_of
from foodchassis.storage import transaction_of
from foodevents import AdminActed
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
from payment_service.service.restaurants import owned_by
from payment_service.settings import PaymentSettings

log = structlog.get_logger()
OURS = (ledger.Account.CUSTOMER, ledger.Account.PLATFORM_CLEARING)


async def settle(session: AsyncSession, admin_id: UUID) -> SettlementPublic:
    """Settle the oldest payments and new clawbacks; return the amount of each payee."""
    settings = settings_of(session, PaymentSettings)
    settlement = Settlement(commission_bp=settings.commission_bp)
    session.add(settlement)
    await session.flush()
    command = Settle(settlement.id, settlement.commission_bp)
    for payment_id in await _shareable(session, settings.settlement_batch):
        await take(await transaction_of(session), payment_id, "settle", by="id", event=command)
    await _take_clawbacks(session, settlement)
    await publish(session, AdminActed(admin_id=admin_id, action="settlement.made", object_id=settlement.id))
    log.info("settlement.made", settlement_id=settlement.id)
    return await settlement_for(session, settlement.id, None)


async def settlement_for(session: AsyncSession, settlement_id: UUID, reader: Principal | None) -> SettlementPublic:
    """Return the part of a settlement that `reader` may see, or all for None. Raises SettlementNotFoundError."""
    accounts = await _accounts_of(session, reader)
    settlement = (await session.exec(_settlements(accounts).where(Settlement.id == settlement_id))).one_or_none()
    if settlement is None:
        raise SettlementNotFoundError(f"There is no settlement {settlement_id}.")
    return (await _shown(session, [settlement], accounts))[0]


async def list_settlements(
    session: AsyncSession, reader: Principal, page: PageQuery, since: datetime | None
) -> dict[str, Any]:
    """Return a page of the settlements with payouts to `reader`, newest first; of all for an admin."""
    accounts = await _accounts_of(session, reader)
    found = await session.exec(page.of(_settlements(accounts), col(Settlement.id), since))
    return page.page(await _shown(session, found.all(), accounts))


async def _accounts_of(session: AsyncSession, reader: Principal | None) -> dict[str, UUID] | None:
    """Return the accounts of an owner's restaurants, or None for an admin."""
    if reader is None or "admin" in reader.roles:
        return None
    return {ledger.restaurant(one): one for one in (await session.exec(owned_by(reader.id))).all()}


def _settlements(accounts: Collection[str] | None) -> SelectOfScalar[Settlement]:
    query = select(Settlement)
    if accounts is None:
        return query
    paid = select(SettlementMovement.transaction_id).join(
        LedgerEntry, col(LedgerEntry.transaction_id) == SettlementMovement.transaction_id
    )
    of_reader = col(SettlementMovement.settlement_id) == Settlement.id, col(LedgerEntry.account).in_(accounts)
    return query.where(paid.where(*of_reader).exists())


async def _shown(
    session: AsyncSession, settlements: Sequence[Settlement], accounts: Mapping[str, UUID] | None
) -> list[SettlementPublic]:
    """Return settlements with their payouts to `accounts`, from the ledger."""
    ids = [one.id for one in settlements]
    payouts: dict[UUID, list[Payout]] = {one: [] for one in ids}
    for settlement_id, account, currency, amount in await _balances(session, ids, accounts):
        payouts[settlement_id].append(_payout(account, currency, amount))
    counts = dict(await _counts(session, ids, accounts))
    return [
        SettlementPublic(
            id=one.id,
            commission_bp=one.commission_bp,
            payments=counts.get(one.id, 0),
            payouts=payouts[one.id],
            created_at=one.created_at,
        )
        for one in settlements
    ]


async def _shareable(session: AsyncSession, most: int) -> Sequence[UUID]:
    """Lock the payments to settle; locked ones, and those with open refunds, are left to the next settlement."""
    query = select(Payment.id).where(text(SHAREABLE), col(Payment.closing).is_(None)).order_by(col(Payment.id))
    return (await session.exec(query.limit(most).with_for_update(key_share=True, skip_locked=True))).all()


async def _take_clawbacks(session: AsyncSession, settlement: Settlement) -> None:
    """Add new clawbacks to this settlement."""
    counted = select(SettlementMovement.transaction_id).where(
        col(SettlementMovement.transaction_id) == LedgerTransaction.id
    )
    new = select(LedgerTransaction.id, literal(settlement.id)).where(
        LedgerTransaction.kind == TransactionKind.CLAWBACK, ~counted.exists()
    )
    taken = insert(SettlementMovement).from_select(["transaction_id", "settlement_id"], new)
    # A concurrent settlement may take them.
    await session.exec(taken.on_conflict_do_nothing())


async def _counts(
    session: AsyncSession, ids: Sequence[UUID], accounts: Mapping[str, UUID] | None
) -> Sequence[tuple[UUID | None, int]]:
    """Return the number of payments of each settlement."""
    query = select(Payment.settlement_id, func.count()).where(col(Payment.settlement_id).in_(ids))
    if accounts is not None:
        query = query.where(col(Payment.restaurant_id).in_(accounts.values()))
    return (await session.exec(query.group_by(col(Payment.settlement_id)))).all()


async def _balances(
    session: AsyncSession, ids: Sequence[UUID], accounts: Mapping[str, UUID] | None
) -> Sequence[tuple[UUID, str, str, int]]:
    """Return the sums of each settlement by account and currency."""
    which = (col(SettlementMovement.settlement_id), col(LedgerEntry.account), col(LedgerTransaction.currency))
    query = (
        select(*which, func.sum(LedgerEntry.amount))
        .join(LedgerTransaction, col(LedgerTransaction.id) == LedgerEntry.transaction_id)
        .join(SettlementMovement, col(SettlementMovement.transaction_id) == LedgerTransaction.id)
        .where(col(SettlementMovement.settlement_id).in_(ids), col(LedgerEntry.account).not_in(OURS))
        .group_by(*which)
        .order_by(*which)
    )
    if accounts is not None:
        query = query.where(col(LedgerEntry.account).in_(accounts))
    return (await session.exec(query)).all()


def _payout(account: str, currency: str, amount: int) -> Payout:
    kind, owner = ledger.payee(account)
    return Payout(payee=kind, payee_id=owner, amount=int(amount), currency=currency)
