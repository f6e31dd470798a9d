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
