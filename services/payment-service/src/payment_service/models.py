"""Tables: payments, the ledger, and the simulated provider's own log."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Enum, ForeignKey, Index, MetaData, text
from sqlmodel import Field, SQLModel

from foodchassis import Versioned, new_id, now

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class PaymentStatus(StrEnum):
    """How far a payment is."""

    AUTHORIZING = "authorizing"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    CAPTURED = "captured"
    CAPTURE_FAILED = "capture_failed"
    VOIDED = "voided"


class TransactionKind(StrEnum):
    """Why money moved."""

    CAPTURE = "capture"


class Operation(StrEnum):
    """What a payment provider is asked to do."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


def _one_of(states: type[StrEnum], name: str) -> Column[Any]:
    kind = Enum(
        states,
        native_enum=False,
        length=32,
        create_constraint=True,
        name=name,
        values_callable=lambda members: [member.value for member in members],
    )
    return Column(name, kind, nullable=False)


def _moment(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=False)


class Row(SQLModel):
    """The base of this service's tables."""

    metadata = metadata


class Payment(Versioned, Row, table=True):
    """The one payment of an order; `hold` is the provider's reference, `amount` is in minor units."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("status IN ('authorizing', 'declined') OR hold IS NOT NULL", name="hold"),
        Index("ix_payments_customer_id", "customer_id", "id"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    order_id: UUID = Field(unique=True)
    customer_id: UUID
    amount: int = Field(sa_type=BigInteger)
    currency: str
    status: PaymentStatus = Field(sa_column=_one_of(PaymentStatus, "status"))
    hold: str | None = None
    reason: str | None = None
    created_at: datetime = Field(default_factory=now, sa_column=_moment("created_at"))
    updated_at: datetime = Field(default_factory=now, sa_column=_moment("updated_at"))


class LedgerTransaction(Row, table=True):
    """One movement of a payment's money; at most one is its capture."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        Index("uq_ledger_transactions_capture", "payment_id", unique=True, postgresql_where=text("kind = 'capture'")),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    payment_id: UUID = Field(foreign_key="payments.id")
    kind: TransactionKind = Field(sa_column=_one_of(TransactionKind, "kind"))
    currency: str
    at: datetime = Field(default_factory=now, sa_column=_moment("at"))


class LedgerEntry(Row, table=True):
    """One account's side of a movement, in minor units; a transaction's entries sum to zero."""

    __tablename__ = "ledger_entries"
    transaction_id: UUID = Field(sa_column=Column(ForeignKey("ledger_transactions.id"), primary_key=True))
    account: str = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)


class ProviderEntry(Row, table=True):
    """What the simulated provider did for a key; another company's book, so nothing of ours points at it."""

    __tablename__ = "provider_log"
    key: str = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id)
    operation: Operation = Field(sa_column=_one_of(Operation, "operation"))
    hold: str = Field(index=True)
    method: str
    amount: int = Field(sa_type=BigInteger)
    currency: str
    refusal: str | None = None
    at: datetime = Field(default_factory=now, sa_column=_moment("at"))
