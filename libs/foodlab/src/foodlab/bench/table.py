"""The table of one run's results."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from foodlab.bench.measurement import Row, Series

SMALL = 10


def show(rows: Sequence[Row], title: str, console: Console) -> None:
    """Print the medians with their references, the spread of each ratio, and whether the goal is met."""
    lines = (
        (
            row.what,
            f"{_figure(row.measured.median)} {row.unit}",
            f"{row.compared_to}: {_figure(row.reference.median)}",
            _spread(row.ratio),
            str(row.goal),
            verdict(met=row.met),
        )
        for row in rows
    )
    console.print(table(title, ("what", "measured", "reference", "ratio", "goal", "met?"), lines))


def table(title: str, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    """Return a table with right-aligned columns of figures."""
    made = Table(title=title)
    for column in columns:
        made.add_column(column, justify="left" if column in (columns[0], "reference") else "right")
    for line in lines:
        made.add_row(*line)
    return made


def verdict(*, met: bool) -> str:
    """Return the word for a met or missed goal."""
    return "[green]yes[/]" if met else "[red]no[/]"


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= SMALL else f"{number:.2f}"


def _spread(ratio: Series) -> str:
    return f"{ratio.median:.2f}\n[dim]{ratio.lowest:.2f} to {ratio.highest:.2f}[/]"
