import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from foodlab.bench.journeys import Phase
from foodlab.bench.orders import Goal, content, goals, newest, show
from foodlab.bench.report import Report


def phase(*, assigned: float = 50.0, seconds: float = 2.0, cpu: float = 5.0, wait: float = 1.0) -> Phase:
    return Phase(100, seconds, [assigned] * 100, [100.0] * 100, wait, {"order-service": cpu, "postgres": cpu})


def test_a_phase_has_its_rate_and_cpu_per_order() -> None:
    assert phase(seconds=2.0).rate == 50
    assert phase(cpu=4.5).cpu_of_an_order == 9


@pytest.mark.parametrize(
    ("slow", "saturated", "burst", "missed"),
    [
        ({}, {"seconds": 0.5}, {}, []),
        ({"assigned": 61.0}, {"seconds": 0.5}, {}, ["created → assigned at 5 orders/s, p50"]),
        ({}, {"seconds": 1.01}, {}, ["whole orders, saturated"]),
        ({}, {"seconds": 0.5, "cpu": 8.0}, {}, ["CPU of a whole order, saturated"]),
        ({}, {"seconds": 0.5}, {"wait": 5.1}, ["a burst of 100: until the last is delivered"]),
    ],
)
def test_each_goal_is_missed_by_its_own_figure(
    slow: dict[str, float], saturated: dict[str, float], burst: dict[str, float], missed: list[str]
) -> None:
    found = goals(phase(**slow), phase(**saturated), phase(**burst))

    assert [goal.what for goal in found if not goal.met] == missed


def test_a_run_is_written_and_compared_with_the_previous_one(tmp_path: Path) -> None:
    first, second = tmp_path / "orders-1.json", tmp_path / "orders-2.json"
    phases = {"slow": phase(), "saturated": phase(seconds=4.0), "burst": phase()}
    found = goals(**phases)
    assert newest(first) == {}

    Report().write(first, Console(file=StringIO()), content(found, phases))

    assert newest(second)["whole orders, saturated"] == 25
    written = json.loads(first.read_text())
    assert written["phases"]["saturated"]["orders"] == 100
    assert {goal["met"] for goal in written["goals"]} == {True, False}
    console = Console(file=StringIO(), width=160)
    show(found, phases, newest(second), console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(goal.what in shown for goal in found)
    assert "25.0 orders/s │     25.0" in shown


def test_a_bound_is_a_minimum_or_a_maximum() -> None:
    assert Goal("rate", "orders/s", 100, 100, at_least=True).met
    assert not Goal("time", "ms", 61, 60).met
