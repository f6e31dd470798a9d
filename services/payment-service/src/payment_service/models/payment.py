"""The payment of an order, and what was given back of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from foodchassis import Versioned, new_id, now
from payment_service.models.columns import Row, moment, one_of


class PaymentStatus(StrEnum):
    """How far a payment is."""

    AUTHORIZING = "authorizing"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CAPTURE_FAILED = "capture_failed"
    VOIDED = "voided"


class Ending(StrEnum):
    """How the order ended that was paid."""

    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    """How far a refund is: the provider is being asked, gave the money back, or refused to."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


SHAREABLE = """
settled_at IS NULL AND status IN ('captured', 'partially_refunded')
AND restaurant_id IS NOT NULL AND (ending = 'cancelled' OR ending IS NOT NULL AND driver_id IS NOT NULL)
"""


class Payment(Versioned, Row, table=True):
    """The one payment of an order; `hold` is the provider's reference, `amount` and its parts are in minor units."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("status IN ('authorizing', 'declined') OR hold IS NOT NULL", name="hold"),
        CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded"),
        CheckConstraint(
            "restaurant_id IS NULL OR subtotal + delivery_fee + service_fee + tax + tip = amount", name="parts"
        ),
        Index("ix_payments_customer_id", "customer_id", "id"),
        Index("ix_payments_shareable", "id", postgresql_where=text(SHAREABLE)),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    order_id: UUID = Field(unique=True)
    customer_id: UUID
    restaurant_id: UUID | None = None
    driver_id: UUID | None = None
    amount: int = Field(sa_type=BigInteger)
    subtotal: int | None = Field(default=None, sa_type=BigInteger)
    delivery_fee: int | None = Field(default=None, sa_type=BigInteger)
    service_fee: int | None = Field(default=None, sa_type=BigInteger)
    tax: int | None = Field(default=None, sa_type=BigInteger)
    tip: int | None = Field(default=None, sa_type=BigInteger)
    refunded: int = Field(default=0, sa_type=BigInteger)
    currency: str
    status: PaymentStatus = Field(sa_column=one_of(PaymentStatus, "status"))
    ending: Ending | None = Field(default=None, sa_column=one_of(Ending, "ending", nullable=True))
    hold: str | None = None
    reason: str | None = None
    created_at: datetime = Field(default_factory=now, sa_column=moment("created_at"))
    updated_at: datetime = Field(default_factory=now, sa_column=moment("updated_at"))
    captured_at: datetime | None = Field(default=None, sa_column=moment("captured_at", nullable=True))
    settled_at: datetime | None = Field(default=None, sa_column=moment("settled_at", nullable=True))
    settlement_id: UUID | None = Field(default=None, foreign_key="settlements.id")


class Refund(Row, table=True):
    """Money on its way back: one for each cause, which is "cancel" or the refund's own id.

    `request` names the request that asked for it, so that a repeat finds it; `attempt` counts from 1.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("payment_id", "cause"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("attempt >= 1", name="attempt"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    payment_id: UUID = Field(foreign_key="payments.id")
    cause: str
    request: UUID | None = Field(default=None, unique=True)
    amount: int = Field(sa_type=BigInteger)
    currency: str
    reason: str
    status: RefundStatus = Field(default=RefundStatus.ASKED, sa_column=one_of(RefundStatus, "status"))
    attempt: int = 1
    refusal: str | None = None
    created_at: datetime = Field(default_factory=now, sa_column=moment("created_at"))
    updated_at: datetime = Field(default_factory=now, sa_column=moment("updated_at"))
