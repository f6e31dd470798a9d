"""The command `foodctl chaos`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def chaos(
    faults: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FAULT]...",
            help="The kinds of faults, by default all; or `broker`, `rolling`, `crash-points` or `soak` alone.",
        ),
    ] = None,
    *,
    orders: Annotated[int, typer.Option("--orders", "-n", min=1, help="How many orders to place.")] = 5_000,
    rate: Annotated[float, typer.Option("--rate", min=0.1, help="How many orders to place in a second.")] = 10,
    reads: Annotated[int, typer.Option("--reads", min=0, help="How often each customer reads the order.")] = 0,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Repeat the plan of this seed.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="The folder for the report.")] = None,
) -> None:
    """Place orders in a separate system during faults in all its parts, then heal, verify and count.

    Exits with 1 when an order is lost, doubled or stuck, an invariant is violated, or a client got an unexpected
    response.
    """
    import asyncio  # noqa: PLC0415 - --help should not wait for all this
    import random  # noqa: PLC0415 - the same

    from devservers.errors import StoppedError  # noqa: PLC0415 - the same
    from foodctl.settings import Settings  # noqa: PLC0415 - the same
    from foodlab.chaos import crash_points, soak  # noqa: PLC0415 - the same
    from foodlab.chaos.campaign import Campaign  # noqa: PLC0415 - the same
    from foodlab.chaos.faults import FAULTS, SCENARIOS  # noqa: PLC0415 - the same
    from foodlab.chaos.plan import chosen, plan  # noqa: PLC0415 - the same

    seed = random.randrange(1_000_000) if seed is None else seed  # noqa: S311 - no secret; it is printed
    kinds = chosen(faults or [], FAULTS, [*SCENARIOS, crash_points.NAME, soak.NAME])
    missing = {kind: FAULTS[kind].missing for kind in kinds if kind in FAULTS and FAULTS[kind].missing}
    targets = {kind: FAULTS[kind].targets for kind in kinds if kind in FAULTS and kind not in missing}
    scenarios = [one for kind in kinds if kind in SCENARIOS for one in SCENARIOS[kind](orders / rate)]
    planned = scenarios or (plan(targets, orders / rate, seed) if targets else [])
    options = f"--orders {orders} --rate {rate:g} --reads {reads} --seed {seed}"
    command = " ".join(["just chaos", *(faults or []), options])
    console = Console()
    console.print(command, highlight=False)
    folder = Settings().state / "chaos"
    alone: dict[str, type[Campaign]] = {crash_points.NAME: crash_points.CrashPoints, soak.NAME: soak.Soak}
    kind = alone.get(kinds[0], Campaign)
    try:
        outcome = asyncio.run(kind(planned, orders, rate, folder, console, reads=reads).run(command))
    except asyncio.CancelledError:
        raise StoppedError("stopped; the system was removed") from None
    outcome.left_out, outcome.strict = missing, bool(scenarios)
    report = to or Settings().state / "chaos-reports" / f"seed-{seed}"
    outcome.write(report)
    outcome.show(console)
    console.print(f"report: {report}/report.html", highlight=False, soft_wrap=True)
    if outcome.problems:
        raise typer.Exit(1)
