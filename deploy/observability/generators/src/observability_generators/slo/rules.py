"""Prometheus rules of the objectives: error ratios over five windows, and alerts on three burn rates."""

from collections.abc import Iterator
from dataclasses import dataclass

from observability_generators.slo.objectives import OBJECTIVES, Objective

WINDOWS = ("5m", "30m", "1h", "6h", "3d")
RUNBOOKS = "https://github.com/foodapp/foodapp/blob/main/docs/runbooks"
_HEAD = "# Written by `just docs` from foodctl's table of objectives: change it there.\n"


@dataclass(frozen=True)
class Burn:
    """Spending the budget `rate` times too fast, seen over a long window and a short one that ends the alert soon."""

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
    """Give the file of rules."""
    groups = "".join(line + "\n" for objective in OBJECTIVES for line in _group(objective))
    return f"{_HEAD}groups:\n{groups}"


def ratio(objective: Objective, window: str) -> str:
    """Name the recorded share of bad events."""
    return f'slo:error_ratio:rate{window}{{slo="{objective.name}"}}'


def labels(objective: Objective, burn: Burn) -> dict[str, str]:
    """Give the labels of an alert."""
    return {"severity": burn.severity, "slo": objective.name, "burn_rate": burn.rate}


def annotations(objective: Objective, burn: Burn) -> dict[str, str]:
    """Give what an alert tells."""
    return {
        "summary": f"Not kept often enough: {objective.promise}",
        "description": f"For {burn.long} the error budget of {objective.name} ({objective.budget} of all) has been "
        f"spent {burn.rate} times as fast as it lasts: at this rate the month's is gone in {burn.gone}. "
        f"{objective.impact}",
        "runbook_url": f"{RUNBOOKS}/{kebab(objective.alert)}.md",
    }


def kebab(alert: str) -> str:
    """Write an alert's name as its runbook's file is called."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in alert).lstrip("-")


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
