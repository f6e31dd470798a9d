"""A dashboard: rows of panels under a title."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink, Row
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType

from observability_generators.dashboards.panel import Panel


@dataclass(frozen=True)
class Shelf:
    """A row of panels with a heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Page:
    """A whole dashboard; its name is its file, its address in Grafana and what others link to."""

    name: str
    title: str
    says: str
    shelves: Sequence[Shelf]
    since: str = "now-1h"

    def json(self) -> str:
        """Write what Grafana provisions."""
        board = (
            Dashboard(self.title)
            .uid(self.name)
            .description(self.says)
            .tags(["foodapp"])
            .timezone("browser")
            .time(self.since, "now")
            .refresh("30s")
            .readonly()
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .link(_others())
        )
        for shelf in self.shelves:
            board.with_row(Row(shelf.title))
            for panel in shelf.panels:
                board.with_panel(panel.build())
        built = board.build()
        for number, one in enumerate(built.panels or [], start=1):
            one.id_val = number
        return json.dumps(built, cls=JSONEncoder, indent=1, sort_keys=True) + "\n"


def _others() -> DashboardLink:
    """Link to every other dashboard of ours, and keep the time that is shown."""
    others = DashboardLink("Food app").type(DashboardLinkType.DASHBOARDS).tags(["foodapp"])
    return others.as_dropdown(as_dropdown=True).keep_time(keep_time=True)
