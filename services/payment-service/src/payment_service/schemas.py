"""What the API takes and gives."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from foodchassis import Amount, Currency, Id, Schema, Text, Timestamp
from payment_service.models import PaymentStatus, RefundStatus, TransactionKind


@dataclass(frozen=True)
class PaymentFilter:
    """Which payments a caller asks for, of those they may see."""

    order_id: UUID | None = None
    status: list[PaymentStatus] | None = None
    since: datetime | None = None
    restaurant_id: UUID | None = None
    customer_id: UUID | None = None


class PaymentPublic(Schema):
    """A payment as its customer sees it; `reason` says what the provider refused last, and why."""

    id: Id
    """The payment."""
    order_id: Id
    """The order it pays for."""
    customer_id: Id
    """Who pays."""
    status: PaymentStatus
    """Where the payment is."""
    amount: Amount = Field(examples=[3840])
    refunded: Amount = Field(examples=[0])
    currency: Currency
    reason: str | None
    """What the provider refused last, and why."""
    version: int = Field(examples=[2])
    """It grows with each step."""
    created_at: Timestamp
    """When the order asked for it."""
    updated_at: Timestamp
    """When it last changed."""
    captured_at: Timestamp | None
    """When the money was taken."""
    settled_at: Timestamp | None
    """When it was shared out."""


class RefundCreate(Schema):
    """How much to give back, in minor units, and why; without an amount, all that is left."""

    amount: Annotated[Amount, Field(ge=1)] | None = Field(default=None, examples=[1450])
    """Minor units; all that is left when it is missing."""
    reason: Text = Field(examples=["A burger was missing."])
    """The reason, which the customer reads."""


class RefundPublic(Schema):
    """A refund; `refusal` says why the provider keeps the money."""

    id: Id
    """The refund."""
    payment_id: Id
    """The payment it is of."""
    status: RefundStatus
    """Whether the provider gave the money back."""
    amount: Amount = Field(examples=[1450])
    currency: Currency
    reason: str = Field(examples=["A burger was missing."])
    """Why it was asked for."""
    refusal: str | None
    """Why the provider keeps the money."""
    created_at: Timestamp
    """When it was asked for."""


class EntryPublic(Schema):
    """One account's side of a movement of money; the entries of a movement sum to zero."""

    transaction_id: Id
    """The movement."""
    kind: TransactionKind
    """What moved the money."""
    account: str = Field(examples=["customer"])
    """The account."""
    amount: int = Field(examples=[-1450])
    """Minor units; negative when they leave the account."""
    currency: Currency
    refund_id: Id | None
    """The refund that moved it, if one did."""
    at: Timestamp
    """When it moved."""


class LedgerPublic(Schema):
    """How the money of a payment moved."""

    payment_id: Id
    """The payment."""
    refunds: list[RefundPublic]
    """Its refunds, oldest first."""
    entries: list[EntryPublic]
    """Its entries in the ledger, oldest movement first."""


class Payout(Schema):
    """What one payee is to be paid, or owes when it is negative: `payee` is restaurant, driver, platform or tax."""

    payee: str = Field(examples=["restaurant"])
    """restaurant, driver, platform or tax."""
    payee_id: Id | None
    """The restaurant or the driver."""
    amount: int = Field(examples=[2465])
    """Minor units; negative when it is owed."""
    currency: Currency


class SettlementPublic(Schema):
    """What one settlement shared out; `payments` counts those it took."""

    id: Id
    """The settlement."""
    commission_bp: int = Field(examples=[1500])
    """The platform's share, in hundredths of a percent."""
    payments: int = Field(examples=[1])
    """How many payments it shared out."""
    payouts: list[Payout]
    """What each payee is to be paid."""
    created_at: Timestamp
    """When it was made."""
