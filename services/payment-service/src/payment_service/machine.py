"""The transition table of a payment; refunds and settlement leave `captured`."""

from foodchassis import Machine, Step
from foodevents import PaymentAuthorized, PaymentCaptureFailed, PaymentCompleted, PaymentDeclined, PaymentVoided
from payment_service.models import PaymentStatus

PAYMENT = Machine(
    PaymentStatus,
    Step(None, "order.created", PaymentStatus.AUTHORIZING, row="1"),
    Step(
        PaymentStatus.AUTHORIZING,
        "provider.authorized",
        PaymentStatus.AUTHORIZED,
        emits=PaymentAuthorized,
        by="provider",
        row="2",
    ),
    Step(
        PaymentStatus.AUTHORIZING,
        "provider.declined",
        PaymentStatus.DECLINED,
        emits=PaymentDeclined,
        by="provider",
        row="3",
    ),
    Step(
        PaymentStatus.AUTHORIZED,
        "provider.captured",
        PaymentStatus.CAPTURED,
        emits=PaymentCompleted,
        by="provider",
        row="4",
    ),
    Step(
        PaymentStatus.AUTHORIZED,
        "provider.capture_refused",
        PaymentStatus.CAPTURE_FAILED,
        emits=PaymentCaptureFailed,
        by="provider",
        row="5",
    ),
    Step(
        PaymentStatus.AUTHORIZED, "provider.voided", PaymentStatus.VOIDED, emits=PaymentVoided, by="provider", row="6"
    ),
    name="payment.status",
)
