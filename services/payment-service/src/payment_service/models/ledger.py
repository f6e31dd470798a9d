"""The double-entry ledger and its settlements."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, text
from sqlmodel import Field

from foodchassis import new_id, now
from foodchassis.storage import TIMESTAMP, stored
from payment_service.models.columns import Row
from payment_service.models.states import TransactionKind


class LedgerTransaction(Row, table=True):
    """One movement of a payment's money; at most one is its capture, one its settlement, and one each refund."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        Index("ledger_transactions_capture", "payment_id", unique=True, postgresql_where=text("kind = 'capture'")),
        Index(
            "ledger_transactions_settlement", "payment_id", unique=True, postgresql_where=text("kind = 'settlement'")
        ),
        Index("ledger_transactions_clawback", "id", postgresql_where=text("kind = 'clawback'")),
        CheckConstraint("(kind IN ('refund', 'clawback')) = (refund_id IS NOT NULL)", name="refund"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    payment_id: UUID = Field(foreign_key="payments.id")
    kind: TransactionKind = Field(sa_type=stored(TransactionKind, "kind", length=32))
    refund_id: UUID | None = Field(default=None, foreign_key="refunds.id", unique=True)
    currency: str
    at: datetime = Field(default_factory=now, sa_type=TIMESTAMP)


class LedgerEntry(Row, table=True):
    """The entry of one account in a movement, in minor units; a transaction's entries sum to zero."""

    __tablename__ = "ledger_entries"
    transaction_id: UUID = Field(sa_column=Column(ForeignKey("ledger_transactions.id"), primary_key=True))
    account: str = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)


class Settlement(Row, table=True):
    """One settlement; `commission_bp` is the platform's commission on the food, in basis points."""

    __tablename__ = "settlements"
    id: UUID = Field(default_factory=new_id, primary_key=True)
    commission_bp: int
    created_at: datetime = Field(default_factory=now, sa_type=TIMESTAMP)


class SettlementMovement(Row, table=True):
    """The settlement of a movement of the ledger: each is settled once."""

    __tablename__ = "settlement_movements"
    transaction_id: UUID = Field(foreign_key="ledger_transactions.id", primary_key=True)
    settlement_id: UUID = Field(foreign_key="settlements.id", index=True)
