"""What the API takes and gives."""

from typing import Annotated

from pydantic import Field

from foodchassis import Amount, Currency, Id, Schema, Text, Timestamp
from payment_service.models import PaymentStatus, RefundStatus


class PaymentPublic(Schema):
    """A payment as its customer sees it; `reason` says what the provider refused last, and why."""

    id: Id
    order_id: Id
    customer_id: Id
    status: PaymentStatus
    amount: Amount
    refunded: Amount
    currency: Currency
    reason: str | None
    version: int
    created_at: Timestamp
    updated_at: Timestamp
    captured_at: Timestamp | None
    settled_at: Timestamp | None


class RefundCreate(Schema):
    """How much to give back, in minor units, and why; without an amount, all that is left."""

    amount: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    reason: Text


class RefundPublic(Schema):
    """A refund; `refusal` says why the provider keeps the money."""

    id: Id
    payment_id: Id
    status: RefundStatus
    amount: Amount
    currency: Currency
    reason: str
    refusal: str | None
    created_at: Timestamp


class Payout(Schema):
    """What one payee is to be paid, or owes when it is negative: `payee` is restaurant, driver, platform or tax."""

    payee: str
    payee_id: Id | None
    amount: int
    currency: Currency


class SettlementPublic(Schema):
    """What one settlement shared out; `payments` counts those it took."""

    id: Id
    commission_bp: int
    payments: int
    payouts: list[Payout]
    created_at: Timestamp
