"""Generates rules of Prometheus, their unit tests and a page from the objectives."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from foodctl.settings import PROJECT
from observability_generators.objectives import OBJECTIVES, Objective
from observability_generators.runbooks import address

WINDOWS = ("5m", "30m", "1h", "6h", "3d")
_HEAD = "# Written by `just docs` from deploy/observability/generators: change it there.\n"


@dataclass(frozen=True)
class Burn:
    """Spending of the budget `rate` times too fast, over a long window and a short one, which ends the alert soon."""

    rate: str
    long: str
    short: str
    severity: str
    gone: str


BURNS = (
    Burn("14.4", "1h", "5m", "page", "2 days"),
    Burn("6", "6h", "30m", "page", "5 days"),
    Burn("1", "3d", "6h", "ticket", "30 days"),
)


def rules() -> str:
    """Return the content of the rule file."""
    groups = "".join(line + "\n" for objective in OBJECTIVES for line in _group(objective))
    return f"{_HEAD}groups:\n{groups}"


def ratio(objective: Objective, window: str) -> str:
    """Return the recorded share of bad events, in PromQL."""
    return f'slo:error_ratio:rate{window}{{slo="{objective.name}"}}'


def labels(objective: Objective, burn: Burn) -> dict[str, str]:
    """Return the labels of an alert."""
    return {"severity": burn.severity, "slo": objective.name, "burn_rate": burn.rate}


def annotations(objective: Objective, burn: Burn) -> dict[str, str]:
    """Return the annotations of an alert."""
    return {
        "summary": f"Objective at risk: {objective.promise}",
        "description": f"For {burn.long} the error budget of {objective.name} ({objective.budget} of all events) has "
        f"been spent at {burn.rate} times the allowed rate: at this rate the budget of 30 days is exhausted in "
        f"{burn.gone}. "
        f"{objective.impact}",
        "runbook_url": f"{address()}/{kebab(objective.alert)}.md",
    }


def kebab(alert: str) -> str:
    """Return an alert's name in kebab case, the file name of its runbook."""
    return "".join(f"-{one.lower()}" if one.isupper() else one for one in alert).lstrip("-")


def _group(objective: Objective) -> Iterator[str]:
    yield f"  - name: slo-{objective.name}"
    yield "    rules:"
    for window in WINDOWS:
        yield f"      - record: slo:error_ratio:rate{window}"
        yield f"        expr: ({objective.indicator.bad(window)}) / ({objective.indicator.all(window)})"
        yield f"        labels: {{slo: {objective.name}}}"
    for burn in BURNS:
        over = f"> {burn.rate} * {objective.budget}"
        yield f"      - alert: {objective.alert}"
        yield f"        expr: {ratio(objective, burn.long)} {over} and {ratio(objective, burn.short)} {over}"
        yield "        labels:"
        yield from (f'          {name}: "{value}"' for name, value in labels(objective, burn).items())
        yield "        annotations:"
        yield from (f'          {name}: "{value}"' for name, value in annotations(objective, burn).items())


_EVENTS = 100_000


@dataclass(frozen=True)
class Scenario:
    """Phases of minutes with error rates in multiples of the budget, and the burn rates that fire at the end."""

    says: str
    phases: tuple[tuple[int, float], ...]
    fires: tuple[str, ...]


SCENARIOS = (
    Scenario("errors within the budget fire no alert", ((10, 0.5),), ()),
    Scenario("twice the budget creates a ticket", ((10, 2),), ("1",)),
    Scenario("eight times the budget fires an alert", ((10, 8),), ("6", "1")),
    Scenario("sixteen times the budget fires an alert soon", ((10, 16),), ("14.4", "6", "1")),
    Scenario("an alert ends with its cause", ((10, 16), (35, 0)), ("1",)),
)


def unit_tests() -> str:
    """Return the content of the file of unit tests."""
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
    """Return each series in promtool's notation: start, step and count of each phase."""
    values: dict[str, list[str]] = {}
    sums: dict[str, int] = {}
    for minutes, budgets in scenario.phases:
        bad = round(_EVENTS * float(objective.budget) * budgets)
        for series, step in objective.indicator.samples(bad, _EVENTS - bad).items():
            first = sums.get(series, 0)
            values.setdefault(series, []).append(f"{first}+{step}x{minutes - 1}")
            sums[series] = first + minutes * step
    return {series: " ".join(parts) for series, parts in values.items()}


_PAGE = """\
# Service level objectives

Written by `just docs` from the table in deploy/observability/generators. Each is a share of good events over 30 days;
the rest is the error budget. Prometheus records the share of bad events over 5 min, 30 min, 1 h, 6 h and 3 d, and
alerts when the budget is spent too fast over both a long and a short window.

| objective | promise | share | budget | bad events | alert, runbook |
| --- | --- | --- | --- | --- | --- |
"""
_BURNS = """
| burn rate | long window | short window | severity | exhausts the budget of 30 days in |
| --- | --- | --- | --- | --- |
"""
_END = """
A *page* alerts the person on duty immediately, a *ticket* can wait until the next working day. The dashboard
*Objectives* shows the budgets. A checkout that the gateway refuses with 4xx is a client error and counts as good. An
order that no driver accepted counts as one for which no driver was found in time.

`uv run pytest tests/observability` tests that each alert fires and stays silent, and runs every query of rules and
dashboards on a real Prometheus while orders are placed; `--load 60` places orders for a minute.
"""


def page() -> str:
    """Return docs/slo.md."""
    objectives = "".join(
        f"| {one.name} | {one.promise} | {one.percent:g} % | {one.budget} | `{_bad(one.indicator.bad('30d'))}` "
        f"| [{one.alert}](runbooks/{kebab(one.alert)}.md) |\n"
        for one in OBJECTIVES
    )
    burns = "".join(f"| {one.rate} | {one.long} | {one.short} | {one.severity} | {one.gone} |\n" for one in BURNS)
    return f"{_PAGE}{objectives}{_BURNS}{burns}{_END}"


def _bad(expression: str) -> str:
    # A vertical bar would end the cell of the table.
    return expression.replace("|", "\\|")


_FOLDER = PROJECT / "deploy" / "observability" / "prometheus"


def objectives() -> dict[Path, str]:
    """Return rules, their unit tests and the page, by file."""
    return {
        _FOLDER / "rules" / "objectives.yaml": rules(),
        _FOLDER / "tests" / "objectives.yaml": unit_tests(),
        PROJECT / "docs" / "slo.md": page(),
    }
