import pytest

from foodchassis import IllegalTransitionError, new_id
from payment_service.machine import PAYMENT
from payment_service.models import Ending, Payment, PaymentStatus

LEGAL = {
    (None, "order.created"): ("1", "authorizing", ""),
    ("authorizing", "provider.authorized"): ("2", "authorized", "payment.authorized"),
    ("authorizing", "provider.declined"): ("3", "declined", "payment.declined"),
    ("authorized", "provider.captured"): ("4", "captured", "payment.completed"),
    ("authorized", "provider.capture_refused"): ("5", "capture_failed", "payment.capture_failed"),
    ("authorized", "provider.voided"): ("6", "voided", "payment.voided"),
    ("captured", "provider.refunded"): ("8", "partially_refunded", "payment.refunded"),
    ("partially_refunded", "provider.refunded"): ("8", "partially_refunded", "payment.refunded"),
    ("captured", "cancel.kept"): ("9", "captured", "payment.refunded"),
    ("partially_refunded", "cancel.kept"): ("9", "partially_refunded", "payment.refunded"),
    ("refunded", "cancel.kept"): ("9", "refunded", "payment.refunded"),
    ("captured", "provider.refund_refused"): ("10", "captured", "payment.refund_failed"),
    ("partially_refunded", "provider.refund_refused"): ("10", "partially_refunded", "payment.refund_failed"),
    ("captured", "settle"): ("11", "captured", "payment.settled"),
    ("partially_refunded", "settle"): ("11", "partially_refunded", "payment.settled"),
}
EVERY = [(state, trigger) for state in (None, *PaymentStatus) for trigger in PAYMENT.triggers]


def a_payment(refunded: int = 100, ending: Ending | None = Ending.DELIVERED) -> Payment:
    return Payment(
        order_id=new_id(), customer_id=new_id(), amount=500, refunded=refunded, currency="EUR", ending=ending,
        status=PaymentStatus.CAPTURED,
    )  # fmt: skip


@pytest.mark.parametrize(("state", "trigger"), EVERY)
def test_a_payment_takes_the_legal_steps_and_no_other(state: PaymentStatus | None, trigger: str) -> None:
    if (state, trigger) in LEGAL:
        step = PAYMENT.step(state, trigger, a_payment())
        assert (step.row, step.target, getattr(step.emits, "routing_key", "")) == LEGAL[state, trigger]
    else:
        with pytest.raises(IllegalTransitionError, match=f"{trigger} is not possible while payment.status is {state}"):
            PAYMENT.step(state, trigger, a_payment())


@pytest.mark.parametrize("state", ["captured", "partially_refunded"])
def test_7_a_payment_that_went_back_whole_is_refunded(state: str) -> None:
    step = PAYMENT.step(PaymentStatus(state), "provider.refunded", a_payment(refunded=500))

    assert (step.row, step.target) == ("7", "refunded")


@pytest.mark.parametrize("state", ["captured", "partially_refunded"])
def test_11_a_payment_whose_order_still_runs_is_not_shared_out(state: str) -> None:
    with pytest.raises(IllegalTransitionError, match="its order has ended"):
        PAYMENT.step(PaymentStatus(state), "settle", a_payment(ending=None))


def test_money_that_is_gone_or_never_came_ends_a_payment() -> None:
    assert PAYMENT.terminal == {"declined", "refunded", "capture_failed", "voided"}
