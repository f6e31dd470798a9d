"""What payment-service publishes about an order's money; amounts in minor units."""

from uuid import UUID

from foodchassis import Event


class PaymentAuthorized(Event, type="payment.authorized.v1", subject="payment_id"):
    """The customer's card holds the amount."""

    payment_id: UUID
    order_id: UUID
    amount: int
    currency: str


class PaymentDeclined(Event, type="payment.declined.v1", subject="payment_id"):
    """The card refused."""

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
    """The provider refused to capture what it held; nothing was taken."""

    payment_id: UUID
    order_id: UUID
    reason: str


class PaymentVoided(Event, type="payment.voided.v1", subject="payment_id"):
    """The hold was released; nothing was taken."""

    payment_id: UUID
    order_id: UUID


class PaymentRefunded(Event, type="payment.refunded.v1", subject="payment_id"):
    """Some of the captured amount went back.

    `refunded` is all that went back so far; `cause` is "cancel", "undeliverable", or the id of an admin's refund.
    """

    payment_id: UUID
    order_id: UUID
    amount: int
    refunded: int
    currency: str
    cause: str


class PaymentRefundFailed(Event, type="payment.refund_failed.v1", subject="payment_id"):
    """The provider refused to give money back; an operator must look."""

    payment_id: UUID
    order_id: UUID
    amount: int
    currency: str
    reason: str


class PaymentSettled(Event, type="payment.settled.v1", subject="payment_id"):
    """What was captured and not refunded is shared out."""

    payment_id: UUID
    order_id: UUID
    settlement_id: UUID
    restaurant: int
    driver: int
    platform: int
    tax: int
    currency: str
