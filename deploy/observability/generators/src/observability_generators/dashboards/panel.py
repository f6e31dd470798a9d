"""A panel of a dashboard: what it shows, and how Grafana is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.builders import common, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    DataSourceRef,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")
Unit = Literal["short", "s", "percentunit", "reqps", "bytes", "cps"]


@dataclass(frozen=True)
class Query:
    """A PromQL expression and the name its series get."""

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
        """Describe the panel to Grafana."""
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
    """One number now; `bad` is where it turns red, above or below."""

    title: str
    expr: str
    unit: Unit = "short"
    says: str = ""
    width: int = 4
    bad_above: float | None = None
    bad_below: float | None = None

    def build(self) -> stat.Panel:
        """Describe the panel to Grafana."""
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
