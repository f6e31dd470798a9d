"""The simulated kitchen of a test order."""

from datetime import timedelta
from typing import Any

import pytest

from order_service.decide import decide
from order_service.models import OrderFacts, Party
from order_service.rules.commands import Accept
from order_service.rules.policy import Policy
from order_service.rules.sandbox import KITCHEN, LOOK, Move, begun, move, staffed
from order_service.schemas import OrderCreate

TEST = {"kitchen": "auto", "courier": None, "pace": 30}


@pytest.mark.parametrize(
    ("status", "kitchen", "minutes", "expected"),
    [
        ("pending", "waiting", 0, Move(again=LOOK)),
        ("placed", "waiting", 0, Move("accept", Accept(0.5, Party.SYSTEM), timedelta(seconds=30))),
        ("placed", "accepted", 0, Move(again=LOOK)),
        ("paid", "accepted", 20, Move(again=timedelta(minutes=1))),
        ("paid", "accepted", 21, Move("ready")),
        ("assigned", "accepted", 22, Move("ready")),
        ("assigned", "ready", 22, Move()),
        ("picked_up", "handed_over", 22, Move()),
        ("cancelling", "waiting", 0, Move()),
    ],
)
def test_the_player_does_the_next_step_of_the_kitchen(
    bistro: Any, status: str, kitchen: str, minutes: int, expected: Move
) -> None:
    order: OrderFacts = bistro.order(status, kitchen, test=TEST)

    assert move(order, order.created_at + timedelta(minutes=minutes)) == expected


def test_an_order_accepts_every_command_of_the_player(bistro: Any, policy: Policy) -> None:
    for status, kitchen, after in (("placed", "waiting", "accepted"), ("paid", "accepted", "ready")):
        order = bistro.order(status, kitchen, test=TEST)
        now = order.created_at + timedelta(hours=1)
        chosen = move(order, now)

        assert chosen.trigger is not None
        decided = decide(order, chosen.trigger, event=chosen.command, now=now, policy=policy)
        assert decided.row.kitchen == after


def test_the_pace_shortens_only_the_times(policy: Policy) -> None:
    paced = policy.paced(60)

    assert paced.restaurant_answer_seconds == policy.restaurant_answer_seconds / 60
    assert paced.keep_food is policy.keep_food
    assert policy.paced(1) == policy


def test_a_simulated_or_silent_kitchen_does_not_accept_automatically(bistro: Any) -> None:
    restaurant = bistro.restaurant.model_copy(update={"auto_accept": True})

    def accepts(**test: Any) -> bool:
        requested = OrderCreate.model_validate(bistro.json_order(test=test or None)).test
        return staffed(restaurant, requested).auto_accept

    assert accepts() is True
    assert accepts(courier="auto") is True
    assert accepts(kitchen="silent") is False
    assert accepts(kitchen="auto") is False


@pytest.mark.parametrize("kitchen", ["auto", "silent", None])
def test_only_a_simulated_kitchen_starts_its_player(bistro: Any, policy: Policy, kitchen: str | None) -> None:
    order = bistro.order("pending", test={**TEST, "kitchen": kitchen})
    decision = begun(decide(order, "payment.declined", event=bistro.event("payment.declined", order),
                            now=order.created_at, policy=policy))  # fmt: skip

    assert [timer.name for timer in decision.started] == ([KITCHEN] if kitchen == "auto" else [])
