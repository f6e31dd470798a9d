from types import SimpleNamespace
from typing import Any

import pytest

from order_service.settings import OrderSettings
from order_service.states import KitchenStatus, OrderStatus
from order_service.timers import CANCELLING, NONE, PAYMENT, RESTAURANT, Timing, running, timing


@pytest.mark.parametrize(
    ("status", "kitchen", "auto_accept", "timers"),
    [
        ("pending", "waiting", False, PAYMENT),
        ("placed", "waiting", False, RESTAURANT),
        ("placed", "waiting", True, NONE),
        ("placed", "accepted", False, NONE),
        ("paid", "ready", False, NONE),
        ("cancelling", "waiting", True, CANCELLING),
        ("cancelled", "waiting", False, NONE),
        ("rejected", "waiting", False, NONE),
    ],
)
def test_each_state_has_its_timers(status: str, kitchen: str, auto_accept: bool, timers: frozenset[str]) -> None:
    order: Any = SimpleNamespace(status=OrderStatus(status), kitchen=KitchenStatus(kitchen), auto_accept=auto_accept)

    assert running(order) == timers


@pytest.mark.parametrize(
    ("before", "after", "trigger", "started", "stopped"),
    [
        (NONE, PAYMENT, "place", {"payment.unanswered": 300}, []),
        (
            PAYMENT,
            RESTAURANT,
            "payment.authorized",
            {"restaurant.slow": 90, "restaurant.silent": 600},
            ["payment.unanswered"],
        ),
        (RESTAURANT, RESTAURANT, "restaurant.slow", {}, []),
        (RESTAURANT, NONE, "accept", {}, ["restaurant.silent", "restaurant.slow"]),
        (CANCELLING, CANCELLING, "payment.voided", {}, []),
        (CANCELLING, CANCELLING, "cancelling.stuck", {"cancelling.stuck": 300}, []),
        (CANCELLING, NONE, "closed", {}, ["cancelling.stuck"]),
    ],
)
def test_a_step_starts_what_is_new_and_stops_what_is_over(
    before: frozenset[str], after: frozenset[str], trigger: str, started: dict[str, float], stopped: list[str]
) -> None:
    assert timing(before, after, trigger, OrderSettings()) == Timing(started, stopped)


def test_most_steps_touch_no_timer() -> None:
    assert not timing(NONE, NONE, "delivery.assigned", OrderSettings())
    assert timing(NONE, CANCELLING, "cancel", OrderSettings())
