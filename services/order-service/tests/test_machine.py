from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from foodchassis import new_id
from foodchassis.kernel import IllegalTransitionError, Step
from order_service import machine
from order_service.machine import ENDED, KITCHEN, ORDER, Attempt, change, kitchen_is, status_is
from order_service.models import KitchenStatus, OrderStatus
from order_service.rules.deadlines import TIMERS

TRIGGERS = sorted({*ORDER.triggers, *KITCHEN.triggers} - {"place"})
# Every step with an event: (status, kitchen, trigger), and the new status, kitchen and event.
LEGAL = {
    ("pending", "waiting", "payment.authorized"): ("placed", "waiting", "order.placed"),
    ("pending", "waiting", "payment.declined"): ("payment_failed", "waiting", "order.payment_failed"),
    ("pending", "waiting", "payment.unanswered"): ("payment_failed", "waiting", "order.payment_failed"),
    ("pending", "waiting", "cancel"): ("cancelling", "waiting", "order.cancel_requested"),
    ("placed", "waiting", "accept"): ("placed", "accepted", "order.accepted"),
    ("placed", "waiting", "reject"): ("rejected", "waiting", "order.rejected"),
    ("placed", "waiting", "restaurant.slow"): ("placed", "waiting", "order.reminded"),
    ("placed", "waiting", "restaurant.silent"): ("rejected", "waiting", "order.rejected"),
    ("placed", "waiting", "cancel"): ("cancelling", "waiting", "order.cancel_requested"),
    ("placed", "waiting", "payment.capture_failed"): ("cancelling", "waiting", "order.cancel_requested"),
    ("placed", "accepted", "cancel"): ("cancelling", "accepted", "order.cancel_requested"),
    ("placed", "accepted", "payment.capture_failed"): ("cancelling", "accepted", "order.cancel_requested"),
    ("placed", "accepted", "capture.unanswered"): ("cancelling", "accepted", "order.cancel_requested"),
    ("placed", "accepted", "payment.completed"): ("paid", "accepted", "order.paid"),
    ("paid", "accepted", "ready"): ("paid", "ready", "order.ready"),
    ("assigned", "accepted", "ready"): ("assigned", "ready", "order.ready"),
    ("assigned", "accepted", "delivery.picked_up"): ("picked_up", "handed_over", "order.picked_up"),
    ("assigned", "ready", "delivery.picked_up"): ("picked_up", "handed_over", "order.picked_up"),
    ("picked_up", "handed_over", "delivery.delivered"): ("delivered", "handed_over", "order.delivered"),
    ("picked_up", "handed_over", "delivery.undeliverable"): ("undeliverable", "handed_over", "order.undeliverable"),
}
LEGAL |= {
    ("pending", "waiting", "owner.erased"): ("cancelling", "waiting", "order.cancel_requested"),
    ("placed", "waiting", "owner.erased"): ("rejected", "waiting", "order.rejected"),
    ("placed", "accepted", "owner.erased"): ("cancelling", "accepted", "order.cancel_requested"),
    ("picked_up", "handed_over", "delivery.lost"): ("undeliverable", "handed_over", "order.undeliverable"),
}
for food in ("accepted", "ready"):
    LEGAL |= {
        ("paid", food, "owner.erased"): ("cancelling", food, "order.cancel_requested"),
        ("assigned", food, "owner.erased"): ("cancelling", food, "order.cancel_requested"),
        ("paid", food, "delivery.unanswered"): ("cancelling", food, "order.cancel_requested"),
        ("paid", food, "delivery.assigned"): ("assigned", food, "order.assigned"),
        ("paid", food, "delivery.no_driver"): ("cancelling", food, "order.cancel_requested"),
        ("paid", food, "cancel"): ("cancelling", food, "order.cancel_requested"),
        ("assigned", food, "cancel"): ("cancelling", food, "order.cancel_requested"),
        ("assigned", food, "delivery.unassigned"): ("paid", food, "order.driver_lost"),
    }
for food in ("waiting", "accepted", "ready"):
    LEGAL |= {
        ("cancelling", food, "closed"): ("cancelled", food, "order.cancelled"),
        ("cancelling", food, "cancelling.stuck"): ("cancelling", food, "order.cancel_requested"),
        ("cancelling", food, "retry"): ("cancelling", food, "order.cancel_requested"),
    }
# Triggers that are accepted without a change of state; all others are refused.
EVENTS_OF_OTHERS = {trigger for trigger in TRIGGERS if trigger.startswith(("payment.", "delivery."))} - TIMERS
NOTED = {
    "cancelling": EVENTS_OF_OTHERS,
    "cancelled": EVENTS_OF_OTHERS,
    "payment_failed": {"payment.authorized", "payment.declined", "payment.voided"},
    "rejected": {"payment.voided"},
    "paid": {"payment.refunded", "delivery.unassigned"},
    "assigned": {"payment.refunded", "pickup.overdue"},
    "picked_up": {"payment.refunded", "delivery.late"},
    "delivered": {"payment.refunded", "delivery.assigned", "delivery.unassigned"},
    "undeliverable": {
        *("payment.refunded", "delivery.assigned", "delivery.unassigned", "delivery.delivered"),
        "delivery.undeliverable",
    },
}
# The reachable pairs of status and kitchen.
REACHABLE = {
    ("pending", "waiting"), ("payment_failed", "waiting"), ("placed", "waiting"), ("placed", "accepted"),
    ("rejected", "waiting"), ("paid", "accepted"), ("paid", "ready"), ("assigned", "accepted"), ("assigned", "ready"),
    ("picked_up", "handed_over"), ("delivered", "handed_over"), ("undeliverable", "handed_over"),
    ("cancelling", "waiting"), ("cancelling", "accepted"), ("cancelling", "ready"),
    ("cancelled", "waiting"), ("cancelled", "accepted"), ("cancelled", "ready"),
}  # fmt: skip


def an_order(status: str, kitchen: str, **facts: Any) -> Any:
    usual = {"total": 4248, "currency": "EUR", "delivery_id": None, "driver_id": None, "lost_drivers": []}
    closed = {"payment_closed": True, "delivery_closed": True}
    return SimpleNamespace(status=OrderStatus(status), kitchen=KitchenStatus(kitchen), **{**usual, **closed, **facts})


@pytest.mark.parametrize(("state", "trigger"), list(product(sorted(REACHABLE), TRIGGERS)))
def test_every_trigger_in_every_state_follows_the_table_or_is_refused(state: tuple[str, str], trigger: str) -> None:
    order = an_order(*state)
    before = dict(vars(order))

    if expected := LEGAL.get((*state, trigger)):
        taken = change(trigger, Attempt(order))
        assert taken.emits is not None
        assert (taken.status, taken.kitchen, taken.emits.routing_key) == expected
    elif trigger in NOTED.get(state[0], ()):
        noted = change(trigger, Attempt(order))
        assert (noted.status, noted.kitchen, noted.emits) == (*state, None)
    else:
        with pytest.raises(IllegalTransitionError, match=f"{trigger} is not possible"):
            change(trigger, Attempt(order))
    assert vars(order) == before


def test_the_reached_states_are_the_expected_ones() -> None:
    assert {("pending", "waiting"), *((status, kitchen) for status, kitchen, _ in LEGAL.values())} == REACHABLE


def test_a_new_order_is_pending_and_published() -> None:
    step = ORDER.step(None, "place")

    assert (step.target, step.by) == (OrderStatus.PENDING, "customer")
    assert getattr(step.emits, "routing_key", None) == "order.created"


def test_an_order_has_five_terminal_states() -> None:
    assert {"delivered", "rejected", "payment_failed", "cancelled", "undeliverable"} == ENDED


def test_the_machine_has_every_row_of_the_table() -> None:
    rows = {step.row for machine in (ORDER, KITCHEN) for step in machine.steps if step.emits is not None}

    assert rows == {str(number) for number in range(1, 17)}


@pytest.mark.parametrize("closed", [(False, False), (True, False), (False, True)])
def test_a_cancellation_completes_only_when_both_services_confirmed(closed: tuple[bool, bool]) -> None:
    order = an_order("cancelling", "accepted", payment_closed=closed[0], delivery_closed=closed[1])

    with pytest.raises(IllegalTransitionError, match="both confirmed"):
        change("closed", Attempt(order))


@pytest.mark.parametrize(
    ("state", "trigger", "changes"),
    [
        (("pending", "waiting"), "payment.authorized", {"amount": 1}),
        (("pending", "waiting"), "payment.authorized", {"currency": "USD"}),
        (("placed", "accepted"), "payment.completed", {"amount": 1}),
        (("assigned", "ready"), "delivery.picked_up", {"driver_id": new_id()}),
        (("assigned", "ready"), "delivery.picked_up", {"delivery_id": new_id()}),
        (("assigned", "ready"), "delivery.unassigned", {"delivery_id": new_id()}),
        (("paid", "ready"), "delivery.no_driver", {"delivery_id": new_id()}),
        (("picked_up", "handed_over"), "delivery.delivered", {"delivery_id": new_id()}),
        (("picked_up", "handed_over"), "delivery.undeliverable", {"driver_id": new_id()}),
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


@pytest.mark.parametrize(
    ("state", "trigger", "whose"),
    [
        (("paid", "accepted"), "delivery.assigned", "lost"),
        (("paid", "accepted"), "delivery.unassigned", "lost"),
        (("assigned", "ready"), "delivery.assigned", "lost"),
        (("assigned", "ready"), "delivery.unassigned", "other"),
        (("picked_up", "handed_over"), "delivery.assigned", "lost"),
        (("picked_up", "handed_over"), "delivery.unassigned", "other"),
    ],
)
def test_a_late_event_about_an_earlier_driver_changes_nothing(
    bistro: Any, state: tuple[str, str], trigger: str, whose: str
) -> None:
    earlier = new_id()
    facts = {"delivery_id": bistro.delivery, "driver_id": bistro.driver, "lost_drivers": [earlier]}
    order = an_order(*state, id=new_id(), **facts)
    event = bistro.event(trigger, order, driver_id=earlier if whose == "lost" else new_id())

    noted = change(trigger, Attempt(order, event))
    assert (noted.status, noted.kitchen, noted.emits) == (*state, None)


def test_every_guard_describes_its_condition() -> None:
    says = {step.guard.says for machine in (ORDER, KITCHEN) for step in machine.steps if step.guard}

    assert says == {
        "amount and currency equal the order's",
        "kitchen accepted",
        "kitchen accepted or ready, the delivery is the order's",
        "kitchen accepted, amount and currency equal the order's",
        "kitchen waiting",
        "payment and delivery have both confirmed",
        "it repeats what the order knows",
        "status assigned",
        "status paid or assigned",
        "status placed",
        "the delivery is the order's",
        "the driver is lost already",
        "the driver is not the order's",
    }


def test_every_step_has_an_actor_and_a_row() -> None:
    actors = {step.trigger: step.by for machine in (ORDER, KITCHEN) for step in machine.steps if step.by != "system"}

    assert actors == {
        "place": "customer",
        "accept": "restaurant",
        "reject": "restaurant",
        "ready": "restaurant",
        "cancel": "customer, restaurant or admin",
        "retry": "admin",
    }
    assert {step.row for step in ORDER.steps if step.emits is None} == {"16", "–"}  # noqa: RUF001 - as in the table
    assert {step.trigger: step.row for step in ORDER.steps if step.emits and step.source is not None} == {
        "payment.authorized": "2",
        "payment.declined": "3",
        "payment.unanswered": "3",
        "reject": "5",
        "restaurant.silent": "5",
        "payment.completed": "6",
        "payment.capture_failed": "7",
        "capture.unanswered": "7",
        "delivery.assigned": "9",
        "delivery.unassigned": "10",
        "delivery.no_driver": "11",
        "delivery.unanswered": "11",
        "delivery.picked_up": "12",
        "delivery.delivered": "13",
        "delivery.undeliverable": "14",
        "delivery.lost": "14",
        "owner.erased": "15",
        "cancel": "15",
        "closed": "16",
        "cancelling.stuck": "16",
        "retry": "16",
    }


@pytest.mark.parametrize("name", ["delivery_id", "driver_id"])
def test_an_order_without_a_delivery_contradicts_no_event(bistro: Any, name: str) -> None:
    order = an_order("assigned", "ready", id=new_id(), delivery_id=bistro.delivery, driver_id=bistro.driver)
    setattr(order, name, None)
    attempt = Attempt(order, bistro.event("delivery.picked_up", order))

    assert (attempt.agrees, attempt.repeats) == (True, False)
    assert change("delivery.picked_up", attempt).status is OrderStatus.PICKED_UP


def test_a_command_cannot_contradict_the_order() -> None:
    attempt = Attempt(an_order("placed", "waiting"))

    assert (attempt.agrees, attempt.repeats) == (True, True)


@pytest.mark.parametrize("kitchen", ["accepted", "waiting"])
def test_a_refusal_names_both_states(kitchen: str) -> None:
    order = an_order("paid", kitchen)
    with pytest.raises(IllegalTransitionError) as refused:
        change("reject", Attempt(order))

    assert refused.value.detail == (
        f"reject is not possible while order is paid. The order is paid, its kitchen {kitchen}."
    )
    assert refused.value.extra == {"order_status": "paid", "kitchen": kitchen}


def test_an_event_about_the_current_driver_is_applied(bistro: Any) -> None:
    order = an_order("assigned", "ready", id=new_id(), delivery_id=bistro.delivery, driver_id=bistro.driver)
    own = change("delivery.unassigned", Attempt(order, bistro.event("delivery.unassigned", order)))

    assert own.status is OrderStatus.PAID


def test_a_refusal_names_the_command_and_both_states() -> None:
    with pytest.raises(IllegalTransitionError) as refusal:
        change("ready", Attempt(an_order("placed", "accepted")))

    assert refusal.value.detail == (
        "ready is not possible while kitchen is accepted unless status paid or assigned. "
        "The order is placed, its kitchen accepted."
    )
    assert refusal.value.extra == {"order_status": "placed", "kitchen": "accepted"}


def test_a_guard_holds_in_each_state_that_it_names() -> None:
    kitchen = kitchen_is(KitchenStatus.WAITING, KitchenStatus.READY)
    status = status_is(OrderStatus.PAID, OrderStatus.ASSIGNED)

    assert (kitchen.says, status.says) == ("kitchen waiting or ready", "status paid or assigned")
    for order, kitchens, statuses in (
        (an_order("placed", "waiting"), True, False),
        (an_order("assigned", "ready"), True, True),
        (an_order("paid", "accepted"), False, True),
    ):
        assert (kitchen.holds(Attempt(order)), status.holds(Attempt(order))) == (kitchens, statuses)


def test_a_noted_trigger_is_a_step_to_the_same_state_without_an_event() -> None:
    guard = status_is(OrderStatus.PAID)
    two = (OrderStatus.PAID, OrderStatus.ASSIGNED)

    assert list(machine._noted(two, "one", "other", row="16", guard=guard)) == [
        Step(state, trigger, state, row="16", guard=guard) for state in two for trigger in ("one", "other")
    ]
    assert [(step.row, step.guard) for step in machine._noted(two[:1], "one")] == [(machine.LATE, None)]
