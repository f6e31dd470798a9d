from typing import Any

import pytest

from foodchassis import new_id, now
from foodchassis.kernel import IllegalTransitionError
from payment_service.machine import ANSWERS, PAYMENT
from payment_service.models import Ending, Operation, PaymentFacts, PaymentStatus

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
    ("capture_failed", "provider.voided"): ("12", "capture_failed", ""),
    ("authorized", "provider.void_refused"): ("13", "authorized", ""),
    ("capture_failed", "provider.void_refused"): ("13", "capture_failed", ""),
}
EVERY = [(state, trigger) for state in (None, *PaymentStatus) for trigger in PAYMENT.triggers]


def a_payment(refunded: int = 100, ending: Ending | None = Ending.DELIVERED, **facts: Any) -> PaymentFacts:
    return PaymentFacts(
        id=new_id(), order_id=new_id(), customer_id=new_id(), amount=500, refunded=refunded, currency="EUR",
        ending=ending, status=PaymentStatus.CAPTURED, created_at=now(), updated_at=now(), **facts,
    )  # fmt: skip


@pytest.mark.parametrize(("state", "trigger"), EVERY)
def test_a_payment_allows_only_the_legal_steps(state: PaymentStatus | None, trigger: str) -> None:
    if (state, trigger) in LEGAL:
        step = PAYMENT.step(state, trigger, a_payment())
        assert (step.row, step.target, getattr(step.emits, "routing_key", "")) == LEGAL[state, trigger]
    else:
        with pytest.raises(IllegalTransitionError, match=f"{trigger} is not possible while payment.status is {state}"):
            PAYMENT.step(state, trigger, a_payment())


@pytest.mark.parametrize("state", ["captured", "partially_refunded"])
def test_7_a_fully_refunded_payment_is_refunded(state: str) -> None:
    step = PAYMENT.step(PaymentStatus(state), "provider.refunded", a_payment(refunded=500))

    assert (step.row, step.target) == ("7", "refunded")


@pytest.mark.parametrize("state", ["captured", "partially_refunded"])
@pytest.mark.parametrize("facts", [{"ending": None}, {"closing": "undeliverable"}])
def test_11_a_payment_with_open_work_is_not_settled(state: str, facts: dict[str, Any]) -> None:
    with pytest.raises(IllegalTransitionError, match="its order has ended and nothing more goes back"):
        PAYMENT.step(PaymentStatus(state), "settle", a_payment(**facts))


def test_each_response_of_the_provider_is_a_trigger() -> None:
    done = {"authorize": "authorized", "capture": "captured", "void": "voided", "refund": "refunded"}
    refused = {
        "authorize": "declined", "capture": "capture_refused", "void": "void_refused", "refund": "refund_refused",
    }  # fmt: skip
    names = {one: (f"provider.{done[one]}", f"provider.{refused[one]}") for one in Operation}

    assert names == ANSWERS
    assert {trigger for pair in ANSWERS.values() for trigger in pair} <= set(PAYMENT.triggers)


def test_a_payment_has_four_terminal_states() -> None:
    assert PAYMENT.terminal == {"declined", "refunded", "capture_failed", "voided"}


def test_documentation_names_the_guards_and_actors() -> None:
    shown = {(row, by, guard) for row, _, _, _, by, guard, _ in PAYMENT.rows()}

    assert shown == {
        *((row, "provider", "") for row in ("2", "3", "4", "5", "6", "10", "12", "13")),
        *((row, "system", "") for row in ("1", "9")),
        ("7", "provider", "all of it went back"),
        ("8", "provider", "some of it is left"),
        ("11", "admin", "its order has ended and nothing more goes back"),
    }
    assert PAYMENT.name == "payment.status"
