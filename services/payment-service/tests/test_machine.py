import pytest

from foodchassis import IllegalTransitionError
from payment_service.machine import PAYMENT
from payment_service.models import PaymentStatus

LEGAL = {
    (None, "order.created"): ("authorizing", ""),
    ("authorizing", "provider.authorized"): ("authorized", "payment.authorized"),
    ("authorizing", "provider.declined"): ("declined", "payment.declined"),
    ("authorized", "provider.captured"): ("captured", "payment.completed"),
    ("authorized", "provider.capture_refused"): ("capture_failed", "payment.capture_failed"),
    ("authorized", "provider.voided"): ("voided", "payment.voided"),
}
EVERY = [(state, trigger) for state in (None, *PaymentStatus) for trigger in PAYMENT.triggers]


@pytest.mark.parametrize(("state", "trigger"), EVERY)
def test_a_payment_takes_the_legal_steps_and_no_other(state: PaymentStatus | None, trigger: str) -> None:
    if (state, trigger) in LEGAL:
        step = PAYMENT.step(state, trigger)
        assert (step.target, getattr(step.emits, "routing_key", "")) == LEGAL[state, trigger]
    else:
        with pytest.raises(IllegalTransitionError, match=f"{trigger} is not possible while payment.status is {state}"):
            PAYMENT.step(state, trigger)


def test_money_that_is_gone_or_never_came_ends_a_payment() -> None:
    assert PAYMENT.terminal == {"declined", "captured", "capture_failed", "voided"}
