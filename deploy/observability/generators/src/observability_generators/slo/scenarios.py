"""Unit tests of the objectives' rules: what fires at which rate of errors, and what stays silent."""

from collections.abc import Iterator
from dataclasses import dataclass

from observability_generators.slo.objectives import OBJECTIVES, Objective
from observability_generators.slo.rules import BURNS, annotations, labels

_EVENTS = 100_000
_HEAD = "# Written by `just docs` from foodctl's table of objectives: change it there.\n"


@dataclass(frozen=True)
class Scenario:
    """Minutes at rates of errors, given in budgets, and the burn rates that fire at the end."""

    says: str
    phases: tuple[tuple[int, float], ...]
    fires: tuple[str, ...]


SCENARIOS = (
    Scenario("errors within the budget wake nobody", ((10, 0.5),), ()),
    Scenario("twice the budget makes a ticket", ((10, 2),), ("1",)),
    Scenario("eight times the budget wakes somebody", ((10, 8),), ("6", "1")),
    Scenario("sixteen times the budget wakes somebody soon", ((10, 16),), ("14.4", "6", "1")),
    Scenario("what is over wakes nobody any more", ((10, 16), (35, 0)), ("1",)),
)


def unit_tests() -> str:
    """Give the file of unit tests."""
    tests = "".join(line + "\n" for objective in OBJECTIVES for one in SCENARIOS for line in _test(objective, one))
    return f"{_HEAD}rule_files: [../rules/objectives.yaml]\nevaluation_interval: 5m\ntests:\n{tests}"


def _test(objective: Objective, scenario: Scenario) -> Iterator[str]:
    yield f'  - name: "{objective.name}: {scenario.says}"'
    yield "    interval: 1m"
    yield "    input_series:"
    for series, values in _series(objective, scenario).items():
        yield f"      - series: '{series}'"
        yield f"        values: '{values}'"
    yield "    alert_rule_test:"
    yield f"      - eval_time: {sum(minutes for minutes, _ in scenario.phases)}m"
    yield f"        alertname: {objective.alert}"
    fires = [burn for burn in BURNS if burn.rate in scenario.fires]
    yield "        exp_alerts:" if fires else "        exp_alerts: []"
    for burn in fires:
        yield "          - exp_labels:"
        yield from (f'              {name}: "{value}"' for name, value in labels(objective, burn).items())
        yield "            exp_annotations:"
        yield from (f'              {name}: "{value}"' for name, value in annotations(objective, burn).items())


def _series(objective: Objective, scenario: Scenario) -> dict[str, str]:
    """Write each series in promtool's notation: start, step and count of each phase."""
    values: dict[str, list[str]] = {}
    sums: dict[str, int] = {}
    for minutes, budgets in scenario.phases:
        bad = round(_EVENTS * float(objective.budget) * budgets)
        for series, step in objective.indicator.samples(bad, _EVENTS - bad).items():
            first = sums.get(series, 0)
            values.setdefault(series, []).append(f"{first}+{step}x{minutes - 1}")
            sums[series] = first + minutes * step
    return {series: " ".join(parts) for series, parts in values.items()}
