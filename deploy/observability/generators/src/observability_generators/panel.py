"""Panels with their queries, and the dashboards that contain them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.builders import common, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink, Row, ThresholdsConfig
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    DataSourceRef,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType, Threshold, ThresholdsMode

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")
Unit = Literal["short", "s", "percentunit", "reqps", "bytes", "cps"]


@dataclass(frozen=True)
class Query:
    """A PromQL expression and the legend of its series."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Lines:
    """Lines over time."""

    title: str
    queries: Sequence[Query]
    unit: Unit = "short"
    says: str = ""
    width: int = 12
    stacked: bool = False
    exemplars: bool = False

    def build(self) -> timeseries.Panel:
        """Return the panel in the format of Grafana."""
        panel = (
            timeseries.Panel()
            .title(self.title)
            .description(self.says)
            .datasource(PROMETHEUS)
            .unit(self.unit)
            .min(0)
            .height(8)
            .span(self.width)
            .line_width(1)
            .fill_opacity(30 if self.stacked else 5)
            .legend(
                common.VizLegendOptions()
                .show_legend(show_legend=True)
                .display_mode(LegendDisplayMode.LIST)
                .placement(LegendPlacement.BOTTOM)
                .calcs([])
            )
            .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
        )
        if self.stacked:
            panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A"))
        for index, query in enumerate(self.queries):
            panel.with_target(_target(query, index).exemplar(self.exemplars).range())
        return panel


@dataclass(frozen=True)
class Figure:
    """The current value; it is red from `bad_above` up or below `bad_below`."""

    title: str
    expr: str
    unit: Unit = "short"
    says: str = ""
    width: int = 4
    bad_above: float | None = None
    bad_below: float | None = None

    def build(self) -> stat.Panel:
        """Return the panel in the format of Grafana."""
        return (
            stat.Panel()
            .title(self.title)
            .description(self.says)
            .datasource(PROMETHEUS)
            .unit(self.unit)
            .height(4)
            .span(self.width)
            .graph_mode(BigValueGraphMode.AREA)
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False))
            .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(self._steps()))
            .with_target(_target(Query(self.expr), 0).range())
        )

    def _steps(self) -> list[Threshold]:
        if self.bad_above is not None:
            return [Threshold(color="green"), Threshold(value=self.bad_above, color="red")]
        if self.bad_below is not None:
            return [Threshold(color="red"), Threshold(value=self.bad_below, color="green")]
        return [Threshold(color="blue")]


Panel = Lines | Figure


def _target(query: Query, index: int) -> prometheus.Dataquery:
    target = prometheus.Dataquery().datasource(PROMETHEUS).expr(query.expr).ref_id("ABCDEFGH"[index])
    return target.legend_format(query.legend) if query.legend else target


RATE = "$__rate_interval"


def rate(series: str, by: str = "", *, scale: str = "") -> str:
    """Return the rate of a counter per second."""
    return f"sum{_by(by)}(rate({series}[{RATE}])){scale}"


def share(part: str, whole: str) -> str:
    """Return one rate as a share of another."""
    return f"sum(rate({part}[{RATE}])) / sum(rate({whole}[{RATE}]))"


def quantile(level: float, histogram: str, matchers: str = "", by: str = "") -> str:
    """Return a quantile of a histogram."""
    labels = f"{{{matchers}}}" if matchers else ""
    groups = f"{by}, le" if by else "le"
    return f"histogram_quantile({level}, sum by ({groups}) (rate({histogram}_bucket{labels}[{RATE}])))"


def quantiles(histogram: str, matchers: str = "") -> list[Query]:
    """Return the usual three quantiles."""
    return [Query(quantile(level, histogram, matchers), f"p{level * 100:g}") for level in (0.5, 0.95, 0.99)]


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else ""


@dataclass(frozen=True)
class Shelf:
    """A row of panels with a heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Page:
    """A dashboard; its name is also the name of its file and its uid in Grafana."""

    name: str
    title: str
    says: str
    shelves: Sequence[Shelf]
    since: str = "now-1h"

    def json(self) -> str:
        """Return the JSON that Grafana provisions."""
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
    """Return a menu of the other dashboards, whose links keep the time range."""
    others = DashboardLink("Food app").type(DashboardLinkType.DASHBOARDS).tags(["foodapp"])
    return others.as_dropdown(as_dropdown=True).keep_time(keep_time=True)
