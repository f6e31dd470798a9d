"""The result of one run, for people: a table."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from foodlab.bench.measurement import Row, Series

SMALL = 10


def show(rows: Sequence[Row], title: str, console: Console) -> None:
    """Print the medians beside their references, the spread of each ratio, and whether the goal is met."""
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
