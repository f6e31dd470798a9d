from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from order_service.machine import KITCHEN, ORDER, Attempt, change
from order_service.models import KitchenStatus, OrderStatus
from order_service.rules.deadlines import ATTENTION, DEADLINES, TIMERS, TOKENS_EXPIRED, changed, rows, running
from order_service.rules.policy import Policy
from order_service.settings import OrderSettings

RESTAURANT = {"restaurant.slow", "restaurant.silent"}
ON_THE_WAY = {"delivery.late", "delivery.lost"}


@pytest.mark.parametrize(
    ("status", "kitchen", "timers"),
    [
        ("pending", "waiting", {"payment.unanswered"}),
        ("placed", "waiting", RESTAURANT),
        ("placed", "accepted", {"capture.unanswered"}),
        ("paid", "accepted", {"delivery.unanswered"}),
        ("paid", "ready", {"delivery.unanswered"}),
        ("assigned", "accepted", {"pickup.overdue"}),
        ("assigned", "ready", {"pickup.overdue"}),
        ("picked_up", "handed_over", ON_THE_WAY),
        ("cancelling", "waiting", {"cancelling.stuck"}),
        ("cancelling", "accepted", {"cancelling.stuck"}),
        ("cancelling", "ready", {"cancelling.stuck"}),
        ("delivered", "handed_over", set()),
        ("undeliverable", "handed_over", set()),
        ("cancelled", "ready", set()),
        ("rejected", "waiting", set()),
        ("payment_failed", "waiting", set()),
    ],
)
def test_each_state_has_its_deadlines(bistro: Any, status: str, kitchen: str, timers: set[str]) -> None:
    assert {deadline.name for deadline in running(bistro.order(status, kitchen))} == timers


def test_no_deadline_runs_without_an_order() -> None:
    assert list(running(None)) == []


def test_every_open_state_of_both_machines_has_a_deadline() -> None:
    assert {row.status for row in DEADLINES} == set(OrderStatus) - ORDER.terminal
    assert {kitchen for row in DEADLINES for kitchen in row.kitchens} >= set(KitchenStatus) - KITCHEN.terminal


def test_every_deadline_has_a_setting_and_a_step_as_documented(bistro: Any) -> None:
    for row in DEADLINES:
        assert row.setting in OrderSettings.model_fields
        order = bistro.order(row.status, row.kitchens[0])
        step = change(row.name, Attempt(order))
        if step.status is not row.status:
            assert row.consequence == step.status
        else:
            assert (row.name in ATTENTION) == row.consequence.startswith("needs attention")
    assert len({row.name for row in DEADLINES}) == len(DEADLINES) == len(TIMERS)


def test_a_late_delivery_needs_attention_before_it_counts_as_lost() -> None:
    assert OrderSettings().delivery_late_seconds < OrderSettings().delivery_lost_seconds


PATH = [
    (None, None, "place", {}, set()),
    ("pending", "waiting", "place", {"payment.unanswered": 300}, set()),
    (
        "placed",
        "waiting",
        "payment.authorized",
        {"restaurant.slow": 90, "restaurant.silent": 600},
        {"payment.unanswered"},
    ),
    ("placed", "accepted", "accept", {"capture.unanswered": 300}, RESTAURANT),
    ("paid", "accepted", "payment.completed", {"delivery.unanswered": 3600 + 1260}, {"capture.unanswered"}),
    ("paid", "ready", "ready", {}, set()),
    ("assigned", "ready", "delivery.assigned", {"pickup.overdue": 3600 + 1260}, {"delivery.unanswered"}),
    (
        "picked_up",
        "handed_over",
        "delivery.picked_up",
        {"delivery.late": 5400, "delivery.lost": 11400},
        {"pickup.overdue"},
    ),
    ("picked_up", "handed_over", "delivery.late", {}, set()),
    ("delivered", "handed_over", "delivery.delivered", {}, ON_THE_WAY),
]


@pytest.mark.parametrize(("before", "after"), list(pairwise(PATH)))
def test_a_step_starts_new_deadlines_and_stops_old_ones(bistro: Any, policy: Policy, before: Any, after: Any) -> None:
    was = bistro.order(*before[:2]) if before[0] else None
    order, (_, _, trigger, started, stopped) = bistro.order(*after[:2]), after

    found = changed(was, order, trigger, now=order.created_at, policy=policy)
    assert found == ({name: timedelta(seconds=wait) for name, wait in started.items()}, frozenset(stopped))


def test_the_deadline_of_a_stuck_cancellation_restarts(bistro: Any, policy: Policy) -> None:
    order = bistro.order("cancelling")

    def at(trigger: str) -> Any:
        return changed(order, order, trigger, now=order.created_at, policy=policy)

    assert at("payment.voided") == ({}, frozenset())
    assert at("cancelling.stuck") == ({"cancelling.stuck": timedelta(seconds=300)}, frozenset())


@pytest.mark.parametrize(("minutes", "wait"), [(0, 60 + 21), (20, 60 + 1), (21, 60), (22, 60), (500, 60)])
def test_the_wait_for_a_courier_starts_no_earlier_than_ready_food(
    bistro: Any, policy: Policy, minutes: int, wait: int
) -> None:
    order = bistro.order("paid")
    (deadline,) = running(order)
    now = order.created_at + timedelta(minutes=minutes)

    assert deadline.wait(order, now, policy) == timedelta(minutes=wait)
    assert deadline.wait(bistro.order("paid", ready_at=None), now, policy) == timedelta(minutes=60)
    at_once = replace(deadline, after_ready=False)
    assert at_once.wait(order, now, policy) == timedelta(minutes=60)


def test_each_wait_is_read_from_its_setting(bistro: Any) -> None:
    settings = OrderSettings()
    numbers = {row.setting: float(number) for number, row in enumerate(DEADLINES, 1)}
    policy = Policy.of(settings.model_copy(update=numbers))

    for number, row in enumerate(DEADLINES, 1):
        order = bistro.order(row.status, row.kitchens[0], ready_at=None)
        assert row.wait(order, order.created_at, policy) == timedelta(seconds=number)


def test_the_documentation_shows_every_row() -> None:
    cooking, waiting = "accepted or ready (once the food is ready)", "waiting or accepted or ready"
    again = "needs attention, and the cancellation is requested again"

    assert list(rows()) == [
        ("pending, kitchen waiting", "payment.unanswered", "payment_answer_seconds", "payment_failed"),
        ("placed, kitchen waiting", "restaurant.slow", "restaurant_reminder_seconds", "the restaurant is reminded"),
        ("placed, kitchen waiting", "restaurant.silent", "restaurant_answer_seconds", "rejected"),
        ("placed, kitchen accepted", "capture.unanswered", "capture_answer_seconds", "cancelling"),
        (f"paid, kitchen {cooking}", "delivery.unanswered", "delivery_answer_seconds", "cancelling"),
        (f"assigned, kitchen {cooking}", "pickup.overdue", "pickup_overdue_seconds", "needs attention"),
        ("picked_up, kitchen handed_over", "delivery.late", "delivery_late_seconds", "needs attention"),
        ("picked_up, kitchen handed_over", "delivery.lost", "delivery_lost_seconds", "undeliverable"),
        (f"cancelling, kitchen {waiting}", "cancelling.stuck", "cancelling_seconds", again),
    ]


def test_the_deadline_of_an_erased_user_keeps_its_name() -> None:
    # The previous release stored deadlines under this name.
    assert TOKENS_EXPIRED == "customer.erased"


def test_the_documented_table_has_a_row_for_each_deadline() -> None:
    table = list(rows())

    assert len(table) == len(DEADLINES)
    assert table[0] == ("pending, kitchen waiting", "payment.unanswered", "payment_answer_seconds", "payment_failed")
    assert table[4] == (
        "paid, kitchen accepted or ready (once the food is ready)",
        "delivery.unanswered",
        "delivery_answer_seconds",
        "cancelling",
    )
