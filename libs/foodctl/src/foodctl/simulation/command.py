"""The command `foodctl simulate`."""

from typing import Annotated

import typer
from rich.console import Console

MOST_SHOWN = 20


def simulate(
    histories: Annotated[int, typer.Option("--histories", "-n", min=1, help="How many histories to play.")] = 1_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The first history's seed; the next ones follow.")] = 0,
    show: Annotated[bool, typer.Option("--show", help="Tell each history step by step, and hunt no bugs.")] = False,
) -> None:
    """Play orders' lives without servers, with crashes, repeats and delays. Exits with 1 when anything is wrong."""
    from foodctl.simulation import campaign  # noqa: PLC0415 - imports three services, and --help should not wait for it

    console = Console(highlight=False, soft_wrap=True, markup=False)
    if show:
        good = campaign.show(range(seed, seed + histories), console.print)
    else:
        verdict = campaign.run(histories, seed)
        for number, broken in sorted(verdict.violations.items())[:MOST_SHOWN]:
            console.print(f"seed {number}: {'; '.join(broken)}")
        for name in verdict.missed:
            console.print(f"not found: {name}")
        console.print(str(verdict))
        good = verdict.good
    if not good:
        raise typer.Exit(1)
