"""The command `foodctl simulate`."""

from typing import Annotated

import typer
from rich.console import Console


def simulate(
    histories: Annotated[int, typer.Option("--histories", "-n", min=1, help="Number of histories.")] = 1_000,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="The seed of the first history; the following seeds are consecutive.")
    ] = 0,
    show: Annotated[
        bool, typer.Option("--show", help="Print each history step by step, without searching planted bugs.")
    ] = False,
) -> None:
    """Simulate orders without servers, with crashes, repeats and delays. Exits with 1 on a violation."""
    from foodctl.settings import Settings  # noqa: PLC0415 - as below
    from foodlab.simulation import campaign  # noqa: PLC0415 - imports three services, and --help should not wait for it

    seeds, say = range(seed, seed + histories), Console(highlight=False, soft_wrap=True, markup=False).print
    chart = Settings().state / "simulate" / f"seed-{seed}.svg"
    if not (campaign.show(seeds, say) if show else campaign.run(seeds, say, chart)):
        raise typer.Exit(1)
