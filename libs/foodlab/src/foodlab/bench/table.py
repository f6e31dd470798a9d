"""The result of one run, for people: a table."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from foodlab.bench.measurement import Row, Series

SMALL = 10


def show(rows: Sequence[Row], title: str, console: Console) -> None:
    """Print the medians beside their references, the spread of each ratio, and whether the goal is met."""
    lines = (
        (
            row.what,
            f"{row.compared_to}: {_figure(row.reference.median)}",
            f"{_figure(row.measured.median)} {row.unit}",
            _spread(row.ratio),
            str(row.goal),
            verdict(met=row.met),
        )
        for row in rows
    )
    console.print(table(title, ("what", "reference", "measured", "ratio", "goal", "met?"), lines, names=2))


def table(title: str, columns: Sequence[str], lines: Iterable[Sequence[str]], *, names: int = 1) -> Table:
    """Return a table whose columns are figures, but for so many `names` at its left."""
    made = Table(title=title)
    for place, column in enumerate(columns):
        made.add_column(column, justify="left" if place < names else "right")
    for line in lines:
        made.add_row(*line)
    return made


def verdict(*, met: bool) -> str:
    """Return in one word whether a goal is met."""
    return "[green]yes[/]" if met else "[red]no[/]"


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= SMALL else f"{number:.2f}"


def _spread(ratio: Series) -> str:
    return f"{ratio.median:.2f}\n[dim]{ratio.lowest:.2f} to {ratio.highest:.2f}[/]"
