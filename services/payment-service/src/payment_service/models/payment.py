"""The payment of an order, and its refunds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, false, text
from sqlmodel import Field

from foodchassis.storage import TIMESTAMP, stored
from payment_service.models.columns import Row
from payment_service.models.states import Ending, PaymentStatus, RefundStatus, Responsible

SHAREABLE = """
settled_at IS NULL AND status IN ('captured', 'partially_refunded')
AND restaurant_id IS NOT NULL AND (ending = 'cancelled' OR ending IS NOT NULL AND driver_id IS NOT NULL)
"""


class RefundFacts(Row):
    """A refund: one for each cause, which is an ending of the order or the refund's own id.

    `request` is the id of its HTTP request, so that a repeat finds it; `attempt` counts from 1.
    """

    id: UUID = Field(primary_key=True)
    payment_id: UUID = Field(foreign_key="payments.id")
    cause: str
    request: UUID | None = Field(default=None, unique=True)
    amount: int = Field(sa_type=BigInteger)
    currency: str
    reason: str
    status: RefundStatus = Field(default=RefundStatus.ASKED, sa_type=stored(RefundStatus, "status", length=32))
    attempt: int = 1
    refusal: str | None = None
    created_at: datetime = Field(sa_type=TIMESTAMP)
    updated_at: datetime = Field(sa_type=TIMESTAMP)


class Refund(RefundFacts, table=True):
    """The stored refund."""

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("payment_id", "cause"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("attempt >= 1", name="attempt"),
    )


class StoredPayment(Row):
    """The one payment of an order; `hold` is the provider's reference, `amount` and its parts are in minor units.

    `asking` is the open request to the provider, and the end of its key. `closing` is the cause for which all but
    `keep` is refunded, once no request is open.
    """

    id: UUID = Field(primary_key=True)
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
    prices_include_tax: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    fee_tax: int | None = Field(default=None, sa_type=BigInteger)
    refunded: int = Field(default=0, sa_type=BigInteger)
    currency: str
    status: PaymentStatus = Field(sa_type=stored(PaymentStatus, "status", length=32))
    ending: Ending | None = Field(default=None, sa_type=stored(Ending, "ending", length=32))
    responsible: Responsible | None = Field(default=None, sa_type=stored(Responsible, "responsible", length=32))
    asking: str | None = None
    closing: str | None = None
    keep: int | None = Field(default=None, sa_type=BigInteger)
    hold: str | None = None
    reason: str | None = None
    version: int = 1
    created_at: datetime = Field(sa_type=TIMESTAMP)
    updated_at: datetime = Field(sa_type=TIMESTAMP)
    captured_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    settled_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    settlement_id: UUID | None = Field(default=None, foreign_key="settlements.id")


class PaymentFacts(StoredPayment):
    """A payment with all facts for decisions: its refunds, oldest first, and the commission of its settlement."""

    refunds: tuple[RefundFacts, ...] = ()
    commission_bp: int | None = None


class Payment(StoredPayment, table=True):
    """The stored payment; decisions use its facts."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("status IN ('authorizing', 'declined') OR hold IS NOT NULL", name="hold"),
        CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded"),
        CheckConstraint(
            "restaurant_id IS NULL OR subtotal + delivery_fee + service_fee + tax + tip = amount", name="parts"
        ),
        Index(None, "customer_id", "id"),
        Index(None, "restaurant_id", "id"),
        Index("payments_shareable", "id", postgresql_where=text(SHAREABLE)),
    )
