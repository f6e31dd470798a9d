"""The result of one run, for people: a table."""

from rich.console import Console
from rich.table import Table

from foodctl.bench.measurement import Series
from foodctl.bench.report import Report


def show(report: Report, console: Console) -> None:
    """Print the medians, the spread of each ratio, and whether the goal is met."""
    cores = report.machine["cores"]
    table = Table(title=f"medians of {len(report.rounds)} rounds on {cores} cores, references in the same rounds")
    for name in ("what", "measured", "reference", "ratio", "goal", "met?"):
        table.add_column(name, justify="left" if name in ("what", "reference") else "right")
    for row in report.rows:
        table.add_row(
            row.what,
            f"{row.measured.median:,.0f} {row.unit}",
            f"{row.compared_to}: {row.reference.median:,.0f}",
            _spread(row.ratio),
            str(row.goal),
            "[green]yes[/]" if row.met else "[red]no[/]",
        )
    console.print(table)


def _spread(ratio: Series) -> str:
    return f"{ratio.median:.2f}\n[dim]{ratio.lowest:.2f} to {ratio.highest:.2f}[/]"
