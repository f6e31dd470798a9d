"""The transition table of a payment."""

from foodchassis.kernel import Guard, Machine, Step
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
from payment_service.models import Operation, PaymentFacts, PaymentStatus


def _all_back(payment: PaymentFacts) -> bool:
    return payment.refunded == payment.amount


def _some_left(payment: PaymentFacts) -> bool:
    return payment.refunded < payment.amount


def _ended(payment: PaymentFacts) -> bool:
    return payment.ending is not None and payment.closing is None


AUTHORIZING, AUTHORIZED, CAPTURED = PaymentStatus.AUTHORIZING, PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED
PART, WHOLE, FAILED = PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED, PaymentStatus.CAPTURE_FAILED
TAKEN = (CAPTURED, PART)
ALL_BACK = Guard("all of it went back", _all_back)
SOME_LEFT = Guard("some of it is left", _some_left)
ENDED = Guard("its order has ended and nothing more goes back", _ended)
# The trigger of each operation's response: when the provider did it, and when it refused.
ANSWERS = {
    Operation.AUTHORIZE: ("provider.authorized", "provider.declined"),
    Operation.CAPTURE: ("provider.captured", "provider.capture_refused"),
    Operation.VOID: ("provider.voided", "provider.void_refused"),
    Operation.REFUND: ("provider.refunded", "provider.refund_refused"),
}


PAYMENT = Machine(
    PaymentStatus,
    Step(None, "order.created", AUTHORIZING, row="1"),
    Step(AUTHORIZING, "provider.authorized", AUTHORIZED, emits=PaymentAuthorized, by="provider", row="2"),
    Step(AUTHORIZING, "provider.declined", PaymentStatus.DECLINED, emits=PaymentDeclined, by="provider", row="3"),
    Step(AUTHORIZED, "provider.captured", CAPTURED, emits=PaymentCompleted, by="provider", row="4"),
    Step(AUTHORIZED, "provider.capture_refused", FAILED, emits=PaymentCaptureFailed, by="provider", row="5"),
    Step(AUTHORIZED, "provider.voided", PaymentStatus.VOIDED, emits=PaymentVoided, by="provider", row="6"),
    Step(TAKEN, "provider.refunded", WHOLE, emits=PaymentRefunded, by="provider", guard=ALL_BACK, row="7"),
    Step(TAKEN, "provider.refunded", PART, emits=PaymentRefunded, by="provider", guard=SOME_LEFT, row="8"),
    # An order that ended waits for the confirmation that nothing more is refunded.
    *(Step(state, "cancel.kept", state, emits=PaymentRefunded, row="9") for state in (*TAKEN, WHOLE)),
    *(Step(one, "provider.refund_refused", one, emits=PaymentRefundFailed, by="provider", row="10") for one in TAKEN),
    *(Step(one, "settle", one, emits=PaymentSettled, by="admin", guard=ENDED, row="11") for one in TAKEN),
    # A hold that could not be captured is released; one that the provider does not release expires there.
    Step(FAILED, "provider.voided", FAILED, by="provider", row="12"),
    *(Step(one, "provider.void_refused", one, by="provider", row="13") for one in (AUTHORIZED, FAILED)),
    name="payment.status",
)
