"""Histories of orders with crashes, repeats and delays: a few here, any number with `just simulate`."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from foodlab.simulation.campaign import BUGS, hunt
from foodlab.simulation.history import SOUND, History
from foodlab.simulation.plan import Choices
from foodlab.simulation.world import SERVICES, Parts


class DrawnChoices(Choices):
    """Choices that Hypothesis makes, and shrinks when they lead to a violation."""

    def __init__(self, data: st.DataObject) -> None:
        super().__init__(0)
        self._data = data

    @override
    def below(self, count: int) -> int:
        return self._data.draw(st.integers(0, count - 1)) if count > 1 else 0


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_random_history_violates_an_invariant(data: st.DataObject) -> None:
    assert History(DrawnChoices(data)).run() == []


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str) -> None:
    assert hunt(bug) is not None


def log_of(seed: int) -> list[str]:
    lines: list[str] = []
    History(Choices(seed), SOUND, lines.append).run()
    return lines


def test_a_seed_replays_exactly() -> None:
    assert log_of(7) == log_of(7)
    assert log_of(7) != log_of(8)


@pytest.mark.parametrize("service", SERVICES)
def test_a_decision_does_not_change_its_input(service: str) -> None:
    aggregate, *_ = SERVICES[service]
    decided = 0

    def decide(row, trigger, **given):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
        nonlocal decided
        before = row and row.model_copy(deep=True)
        try:
            return aggregate.decide(row, trigger, **given)
        finally:
            assert row == before
            decided += 1

    for seed in range(60):
        assert History(Choices(seed), Parts({service: decide})).run() == []
    assert decided > 60
