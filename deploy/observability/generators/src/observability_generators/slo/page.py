"""The page of the objectives in docs/."""

from observability_generators.slo.objectives import OBJECTIVES
from observability_generators.slo.rules import BURNS, kebab

_HEAD = """\
# Service level objectives

Written by `just docs` from foodctl's table of objectives. Each is a share of events over 30 days; the rest is the error
budget. Prometheus records the share of bad events over 5 min, 30 min, 1 h, 6 h and 3 d, and alerts when the budget is
spent too fast over a long window *and* still is over a short one.

| objective | promise | share | budget | bad events | alert, runbook |
| --- | --- | --- | --- | --- | --- |
"""
_BURNS = """
| burn rate | long window | short window | severity | at this rate a month's budget is gone in |
| --- | --- | --- | --- | --- |
"""
_END = """
A *page* wakes somebody, a *ticket* waits for the morning. The dashboard *Objectives* shows the budgets. The objectives
count what callers and customers see: a checkout that the gateway refuses with 4xx is the caller's error and counts as
good, an order that no driver wanted counts as one that found none in time.

`uv run pytest tests/observability` shows each alert firing and silent, and asks a real Prometheus every query of rules
and dashboards while orders move; `--load 60` keeps them moving for a minute.
"""


def page() -> str:
    """Give docs/slo.md."""
    objectives = "".join(
        f"| {one.name} | {one.promise} | {one.percent:g} % | {one.budget} | `{_bad(one.indicator.bad('30d'))}` "
        f"| [{one.alert}](runbooks/{kebab(one.alert)}.md) |\n"
        for one in OBJECTIVES
    )
    burns = "".join(f"| {one.rate} | {one.long} | {one.short} | {one.severity} | {one.gone} |\n" for one in BURNS)
    return f"{_HEAD}{objectives}{_BURNS}{burns}{_END}"


def _bad(expression: str) -> str:
    # A bar would end the table's cell.
    return expression.replace("|", "\\|")
