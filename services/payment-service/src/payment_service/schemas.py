"""The bodies of requests and responses."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from foodchassis import Amount, Currency, Id, Schema, Text, Timestamp
from payment_service.models import PaymentStatus, RefundStatus, TransactionKind


@dataclass(frozen=True)
class PaymentFilter:
    """The filter of the payments that a caller may see."""

    order_id: UUID | None = None
    status: list[PaymentStatus] | None = None
    since: datetime | None = None
    restaurant_id: UUID | None = None
    customer_id: UUID | None = None


class PaymentPublic(Schema):
    """A payment; `reason` is the provider's last refusal and its cause."""

    id: Id
    """The payment."""
    order_id: Id
    """Its order."""
    customer_id: Id
    """The customer."""
    status: PaymentStatus
    """The status of the payment."""
    amount: Amount = Field(examples=[3840])
    refunded: Amount = Field(examples=[0])
    currency: Currency
    reason: str | None
    """The provider's last refusal and its cause."""
    version: int = Field(examples=[2])
    """It increases with each step."""
    created_at: Timestamp
    """When the order was placed."""
    updated_at: Timestamp
    """When it last changed."""
    captured_at: Timestamp | None
    """When it was captured."""
    settled_at: Timestamp | None
    """When it was settled."""


class RefundCreate(Schema):
    """The amount of a refund in minor units, and its reason; without an amount, the remaining amount."""

    amount: Annotated[Amount, Field(ge=1)] | None = Field(default=None, examples=[1450])
    """Minor units; by default the remaining amount."""
    reason: Text = Field(examples=["A burger was missing."])
    """The reason, shown to the customer."""


class RefundPublic(Schema):
    """A refund; `refusal` is the provider's reason to refuse it."""

    id: Id
    """The refund."""
    payment_id: Id
    """Its payment."""
    status: RefundStatus
    """Whether the provider has completed it."""
    amount: Amount = Field(examples=[1450])
    currency: Currency
    reason: str = Field(examples=["A burger was missing."])
    """The reason."""
    refusal: str | None
    """The provider's reason to refuse it."""
    created_at: Timestamp
    """When it was requested."""


class EntryPublic(Schema):
    """The entry of one account in a movement; the entries of a movement sum to zero."""

    transaction_id: Id
    """The movement."""
    kind: TransactionKind
    """The kind of the movement."""
    account: str = Field(examples=["customer"])
    """The account."""
    amount: int = Field(examples=[-1450])
    """Minor units; negative for an outflow."""
    currency: Currency
    refund_id: Id | None
    """The refund of the movement, if it is one."""
    at: Timestamp
    """When it was booked."""


class LedgerPublic(Schema):
    """The movements of a payment's money."""

    payment_id: Id
    """The payment."""
    refunds: list[RefundPublic]
    """Its refunds, oldest first."""
    entries: list[EntryPublic]
    """Its entries in the ledger, oldest movement first."""


class Payout(Schema):
    """The amount to pay to one payee, or owed by it when negative: `payee` is restaurant, driver, platform or tax."""

    payee: str = Field(examples=["restaurant"])
    """restaurant, driver, platform or tax."""
    payee_id: Id | None
    """The restaurant or the driver."""
    amount: int = Field(examples=[2465])
    """Minor units; negative when the payee owes it."""
    currency: Currency


class SettlementPublic(Schema):
    """One settlement; `payments` is the number of settled payments."""

    id: Id
    """The settlement."""
    commission_bp: int = Field(examples=[1500])
    """The platform's commission, in hundredths of a percent."""
    payments: int = Field(examples=[1])
    """The number of settled payments."""
    payouts: list[Payout]
    """The amount of each payee."""
    created_at: Timestamp
    """When it was created."""
