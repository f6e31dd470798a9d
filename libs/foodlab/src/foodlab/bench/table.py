"""The result of one run, for people: a table."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from foodlab.bench.measurement import Row, Series
from foodlab.bench.report import Report

SMALL = 10


def show(report: Report, console: Console) -> None:
    """Print the medians, the spread of each ratio, and whether the goal is met."""
    title = f"medians of {len(report.rounds)} rounds on {report.machine['cores']} cores, references in the same rounds"
    show_rows(report.rows, title, console)
    console.print(f"sending orders took {100 * report.sending:.0f} % of a core at most", highlight=False)


def show_rows(rows: Sequence[Row], title: str, console: Console) -> None:
    """Print figures beside their references."""
    table = Table(title=title)
    for name in ("what", "measured", "reference", "ratio", "goal", "met?"):
        table.add_column(name, justify="left" if name in ("what", "reference") else "right")
    for row in rows:
        table.add_row(
            row.what,
            f"{_figure(row.measured.median)} {row.unit}",
            f"{row.compared_to}: {_figure(row.reference.median)}",
            _spread(row.ratio),
            str(row.goal),
            "[green]yes[/]" if row.met else "[red]no[/]",
        )
    console.print(table)


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= SMALL else f"{number:.2f}"


def _spread(ratio: Series) -> str:
    return f"{ratio.median:.2f}\n[dim]{ratio.lowest:.2f} to {ratio.highest:.2f}[/]"
