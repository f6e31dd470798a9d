from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from foodchassis import IllegalTransitionError, new_id
from order_service.machine import KITCHEN, ORDER, Attempt, change
from order_service.states import KitchenStatus, OrderStatus

TRIGGERS = sorted({*ORDER.triggers, *KITCHEN.triggers} - {"place"})
# Every legal step: (status, kitchen, trigger) and what follows; all the rest is refused.
LEGAL = {
    ("pending", "waiting", "payment.authorized"): ("placed", "waiting", "order.placed"),
    ("pending", "waiting", "payment.declined"): ("payment_failed", "waiting", "order.payment_failed"),
    ("placed", "waiting", "accept"): ("placed", "accepted", "order.accepted"),
    ("placed", "waiting", "reject"): ("rejected", "waiting", "order.rejected"),
    ("placed", "accepted", "payment.completed"): ("paid", "accepted", "order.paid"),
    ("paid", "accepted", "ready"): ("paid", "ready", "order.ready"),
    ("assigned", "accepted", "ready"): ("assigned", "ready", "order.ready"),
    ("paid", "accepted", "delivery.assigned"): ("assigned", "accepted", "order.assigned"),
    ("paid", "ready", "delivery.assigned"): ("assigned", "ready", "order.assigned"),
    ("assigned", "accepted", "delivery.picked_up"): ("picked_up", "handed_over", "order.picked_up"),
    ("assigned", "ready", "delivery.picked_up"): ("picked_up", "handed_over", "order.picked_up"),
    ("picked_up", "handed_over", "delivery.delivered"): ("delivered", "handed_over", "order.delivered"),
}
# What the kitchen is in each status; other pairs can't be reached.
REACHABLE = {
    ("pending", "waiting"), ("payment_failed", "waiting"), ("placed", "waiting"), ("placed", "accepted"),
    ("rejected", "waiting"), ("paid", "accepted"), ("paid", "ready"), ("assigned", "accepted"), ("assigned", "ready"),
    ("picked_up", "handed_over"), ("delivered", "handed_over"),
}  # fmt: skip


def an_order(status: str, kitchen: str, **facts: Any) -> Any:
    usual = {"total": 4248, "currency": "EUR", "delivery_id": None, "driver_id": None}
    return SimpleNamespace(status=OrderStatus(status), kitchen=KitchenStatus(kitchen), **{**usual, **facts})


@pytest.mark.parametrize(("state", "trigger"), list(product(sorted(REACHABLE), TRIGGERS)))
def test_every_trigger_in_every_state_does_what_the_table_says_or_is_refused(
    state: tuple[str, str], trigger: str
) -> None:
    order = an_order(*state)
    before = dict(vars(order))

    if expected := LEGAL.get((*state, trigger)):
        taken = change(trigger, Attempt(order))
        assert (taken.status, taken.kitchen, taken.emits.routing_key) == expected
    else:
        with pytest.raises(IllegalTransitionError, match=f"{trigger} is not possible"):
            change(trigger, Attempt(order))
    assert vars(order) == before


def test_exactly_the_reachable_states_are_reached() -> None:
    assert {("pending", "waiting"), *((status, kitchen) for status, kitchen, _ in LEGAL.values())} == REACHABLE


def test_an_order_begins_pending_and_tells_so() -> None:
    step = ORDER.step(None, "place")

    assert (step.target, step.by) == (OrderStatus.PENDING, "customer")
    assert getattr(step.emits, "routing_key", None) == "order.created"


def test_an_order_ends_in_one_of_three_ways() -> None:
    assert ORDER.terminal == {OrderStatus.DELIVERED, OrderStatus.REJECTED, OrderStatus.PAYMENT_FAILED}


def test_every_step_has_its_row_number() -> None:
    rows = [step.row for step in ORDER.steps] + [step.row for step in KITCHEN.steps]
    assert rows == [*"12356", "9", "12", "13", "4", "8", "12"]


@pytest.mark.parametrize(
    ("state", "trigger", "changes"),
    [
        (("pending", "waiting"), "payment.authorized", {"amount": 1}),
        (("pending", "waiting"), "payment.authorized", {"currency": "USD"}),
        (("placed", "accepted"), "payment.completed", {"amount": 1}),
        (("assigned", "ready"), "delivery.picked_up", {"driver_id": new_id()}),
        (("assigned", "ready"), "delivery.picked_up", {"delivery_id": new_id()}),
        (("picked_up", "handed_over"), "delivery.delivered", {"delivery_id": new_id()}),
    ],
)
def test_an_event_that_contradicts_the_order_is_refused(
    bistro: Any, state: tuple[str, str], trigger: str, changes: dict[str, Any]
) -> None:
    facts = {"id": new_id(), "delivery_id": bistro.delivery, "driver_id": bistro.driver}
    order = an_order(*state, **facts)

    assert change(trigger, Attempt(order, bistro.event(trigger, order))) is not None
    with pytest.raises(IllegalTransitionError):
        change(trigger, Attempt(order, bistro.event(trigger, order, **changes)))
