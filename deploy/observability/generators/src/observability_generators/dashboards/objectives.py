"""The objectives: how well each is kept, how fast its budget burns, and what is left of it."""

from observability_generators.dashboards.page import Page, Shelf
from observability_generators.dashboards.panel import Figure, Lines, Query
from observability_generators.slo.objectives import OBJECTIVES, Objective
from observability_generators.slo.rules import WINDOWS


def objectives() -> Page:
    """Describe the dashboard."""
    alerts = [
        Lines(
            "Alerts that fire",
            [
                Query(
                    'sum by (alertname, severity) (ALERTS{alertstate="firing"}) or vector(0)',
                    "{{alertname}} {{severity}}",
                )
            ],
            width=24,
        )
    ]
    return Page(
        "objectives",
        "Objectives",
        "Each objective, its error budget in the shown time, and how fast it burns.",
        [Shelf("Alerts", alerts), *(_shelf(objective) for objective in OBJECTIVES)],
        since="now-7d",
    )


def _shelf(objective: Objective) -> Shelf:
    bad, whole = objective.indicator.bad("$__range"), objective.indicator.all("$__range")
    kept = f"1 - ({bad}) / ({whole})"
    left = f"1 - ({bad}) / ({whole}) / {objective.budget}"
    burning = [
        Query(f'slo:error_ratio:rate{window}{{slo="{objective.name}"}} / {objective.budget}', window)
        for window in WINDOWS
    ]
    return Shelf(
        f"{objective.percent:g} %: {objective.promise}",
        [
            Figure("Kept", kept, "percentunit", width=6, bad_below=objective.percent / 100),
            Figure("Budget left", left, "percentunit", width=6, bad_below=0),
            Lines("Burn rate", burning, says="1 spends the budget just as fast as it lasts."),
        ],
    )
