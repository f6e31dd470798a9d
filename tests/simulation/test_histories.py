"""Lives of orders under crashes, repeats and delays: a few here, as many as you like by `just simulate`."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foodctl.simulation.bugs import BUGS
from foodctl.simulation.campaign import hunt, play
from foodctl.simulation.choices import Seeded
from foodctl.simulation.history import SOUND, History
from order_service.machine import ORDER
from order_service.models import OrderStatus

HISTORIES = 1_500


class Drawn:
    """Choices that Hypothesis makes, and shrinks when they lead to a violation."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def below(self, count: int) -> int:
        return self._data.draw(st.integers(0, count - 1)) if count > 1 else 0


def test_no_history_breaks_an_invariant() -> None:
    assert play(SOUND, range(HISTORIES)) == {}


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_choices_of_hypothesis_break_an_invariant(data: st.DataObject) -> None:
    assert History(Drawn(data)).run() == []


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str) -> None:
    assert hunt(bug) is not None


def told(seed: int) -> list[str]:
    lines: list[str] = []
    History(Seeded(seed), SOUND, lines.append).run()
    return lines


def test_a_seed_replays_exactly() -> None:
    assert told(7) == told(7)
    assert told(7) != told(8)


def test_every_ending_is_reached() -> None:
    endings = set[OrderStatus]()
    for seed in range(500):
        history = History(Seeded(seed))
        history.run()
        assert history.world.order.row is not None
        endings.add(history.world.order.row.status)

    assert endings == ORDER.terminal


def test_every_step_of_an_order_is_taken() -> None:
    taken = set[str]()
    for seed in range(1_500):
        history = History(Seeded(seed))
        history.run()
        taken |= {trigger for trigger, _ in history.world.order.path}

    # No owner of a history is erased.
    assert {step.trigger for step in ORDER.steps if step.emits} - {"owner.erased"} <= taken
