"""The transition table of a payment."""

from foodchassis import Guard, Machine, Step
from foodevents import (
    PaymentAuthorized,
    PaymentCaptureFailed,
    PaymentCompleted,
    PaymentDeclined,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentSettled,
    PaymentVoided,
)
from payment_service.models import Payment, PaymentStatus


def _all_back(payment: Payment) -> bool:
    return payment.refunded == payment.amount


def _some_left(payment: Payment) -> bool:
    return payment.refunded < payment.amount


def _ended(payment: Payment) -> bool:
    return payment.ending is not None


AUTHORIZING, AUTHORIZED, CAPTURED = PaymentStatus.AUTHORIZING, PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED
PART, WHOLE = PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED
TAKEN = (CAPTURED, PART)
ALL_BACK = Guard("all of it went back", _all_back)
SOME_LEFT = Guard("some of it is left", _some_left)
ENDED = Guard("its order has ended", _ended)


PAYMENT = Machine(
    PaymentStatus,
    Step(None, "order.created", AUTHORIZING, row="1"),
    Step(AUTHORIZING, "provider.authorized", AUTHORIZED, emits=PaymentAuthorized, by="provider", row="2"),
    Step(AUTHORIZING, "provider.declined", PaymentStatus.DECLINED, emits=PaymentDeclined, by="provider", row="3"),
    Step(AUTHORIZED, "provider.captured", CAPTURED, emits=PaymentCompleted, by="provider", row="4"),
    Step(
        AUTHORIZED,
        "provider.capture_refused",
        PaymentStatus.CAPTURE_FAILED,
        emits=PaymentCaptureFailed,
        by="provider",
        row="5",
    ),
    Step(AUTHORIZED, "provider.voided", PaymentStatus.VOIDED, emits=PaymentVoided, by="provider", row="6"),
    Step(TAKEN, "provider.refunded", WHOLE, emits=PaymentRefunded, by="provider", guard=ALL_BACK, row="7"),
    Step(TAKEN, "provider.refunded", PART, emits=PaymentRefunded, by="provider", guard=SOME_LEFT, row="8"),
    # A cancelled order waits for the word that nothing more goes back.
    *(Step(state, "cancel.kept", state, emits=PaymentRefunded, row="9") for state in (*TAKEN, WHOLE)),
    *(Step(one, "provider.refund_refused", one, emits=PaymentRefundFailed, by="provider", row="10") for one in TAKEN),
    *(Step(one, "settle", one, emits=PaymentSettled, by="admin", guard=ENDED, row="11") for one in TAKEN),
    name="payment.status",
)
