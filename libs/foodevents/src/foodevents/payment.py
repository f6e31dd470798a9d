"""The events of payment-service; amounts are in minor units."""

from uuid import UUID

from foodchassis import Event


class PaymentAuthorized(Event, type="payment.authorized.v1", subject="payment_id"):
    """The amount is held on the customer's card."""

    payment_id: UUID
    order_id: UUID
    amount: int
    currency: str


class PaymentDeclined(Event, type="payment.declined.v1", subject="payment_id"):
    """The card was declined."""

    payment_id: UUID
    order_id: UUID
    reason: str


class PaymentCompleted(Event, type="payment.completed.v1", subject="payment_id"):
    """The held amount was captured."""

    payment_id: UUID
    order_id: UUID
    amount: int
    currency: str


class PaymentCaptureFailed(Event, type="payment.capture_failed.v1", subject="payment_id"):
    """The provider refused to capture the hold; nothing was charged."""

    payment_id: UUID
    order_id: UUID
    reason: str


class PaymentVoided(Event, type="payment.voided.v1", subject="payment_id"):
    """The hold was released; nothing was charged."""

    payment_id: UUID
    order_id: UUID


class PaymentRefunded(Event, type="payment.refunded.v1", subject="payment_id"):
    """A part of the captured amount was refunded.

    `refunded` is the total of refunds so far; `cause` is "cancel", "undeliverable", or the id of an admin's refund.
    """

    payment_id: UUID
    order_id: UUID
    amount: int
    refunded: int
    currency: str
    cause: str


class PaymentRefundFailed(Event, type="payment.refund_failed.v1", subject="payment_id"):
    """The provider refused a refund, which needs the attention of an operator."""

    payment_id: UUID
    order_id: UUID
    amount: int
    currency: str
    reason: str


class PaymentSettled(Event, type="payment.settled.v1", subject="payment_id"):
    """The captured amount that was not refunded was settled."""

    payment_id: UUID
    order_id: UUID
    settlement_id: UUID
    restaurant: int
    driver: int
    platform: int
    tax: int
    currency: str
