"""The ending of an order is expected if an action on it explains it."""

from typing import Any

import pytest

from foodlab.citylife.stories import Stories

AT = "2026-11-27T12:00:{:02}Z"


class Told:
    """The steps of one order in a stream."""

    def __init__(self) -> None:
        self.stories = Stories()
        self.second = 0

    def step(self, event: str, status: str, actor: str = "system") -> None:
        step: dict[str, Any] = {"order_id": "1", "event": f"order.{event}", "status": status, "actor": actor}
        self.stories.note({**step, "at": AT.format(self.second)})
        self.second += 10


@pytest.fixture
def told() -> Told:
    return Told()


async def test_a_delivered_order_is_counted_with_its_times(told: Told) -> None:
    told.step("created", "pending", "customer")
    await told.stories.begin("1", 7, ())
    told.step("accepted", "placed", "restaurant")
    told.step("assigned", "assigned")
    told.step("delivered", "delivered")

    assert told.stories.ends == {"delivered": 1}
    assert {name: list(waits) for name, waits in told.stories.waits.items()} == {
        "accepted": [10], "assigned": [20], "delivered": [30],
    }  # fmt: skip
    assert not told.stories.open
    assert not told.stories.wrong


@pytest.mark.parametrize(
    ("deed", "end"),
    [
        ("declined", "payment_failed"),
        ("refused", "rejected"),
        ("cancelled", "cancelled"),
        ("failed", "undeliverable"),
        ("uncapturable", "cancelled"),
    ],
)
async def test_each_ending_but_a_delivery_needs_its_action(told: Told, deed: str, end: str) -> None:
    for explained in (True, False):
        told = Told()
        told.step("created", "pending", "customer")
        await told.stories.begin("1", 7, (deed,) if explained else ())
        told.step("end", end)

        assert bool(told.stories.wrong) is not explained


async def test_an_order_that_finds_no_courier_is_cancelled_by_the_system(told: Told) -> None:
    told.step("created", "pending", "customer")
    await told.stories.begin("1", 7, ())
    told.step("paid", "paid")
    told.step("cancel_requested", "cancelling")
    told.step("cancelled", "cancelled")

    assert told.stories.ends == {"no courier": 1}
    assert not told.stories.wrong


async def test_repeated_steps_change_nothing(told: Told) -> None:
    await told.stories.begin("1", 7, ())
    told.step("delivered", "delivered")
    told.step("delivered", "delivered")
    told.stories.of("1").deeds.add("cancelled")

    assert told.stories.ends == {"delivered": 1}
    assert not told.stories.open


async def test_the_number_of_an_order_is_awaited(told: Told) -> None:
    await told.stories.begin("1", 7, ())

    assert await told.stories.number("1") == 7
