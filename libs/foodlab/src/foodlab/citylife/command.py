"""The command `foodctl city`."""

from typing import Annotated

import typer
from rich.console import Console


def city(
    orders_per_minute: Annotated[
        float, typer.Option(min=0.1, max=600, help="Orders in a minute of ours, on the average of a city day.")
    ] = 30,
    *,
    restaurants: Annotated[int, typer.Option(min=1, max=400, help="How many kitchens cook.")] = 40,
    drivers: Annotated[int, typer.Option(min=1, max=400, help="How many couriers ride.")] = 60,
    speed: Annotated[float, typer.Option(min=1, max=600, help="Seconds of the city in each of ours.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Everyone decides the same again under the same seed.")] = 1,
    minutes: Annotated[
        float | None, typer.Option(min=0.1, help="Minutes of ours until the last order; until Ctrl-C without.")
    ] = None,
) -> None:
    """Fill a running system with life: customers, kitchens and couriers, through the gateway alone.

    Exits with 1 when an order did not end, ended as nothing explains, or an answer was wrong.
    """
    from devservers.state import State  # noqa: PLC0415 - --help should not wait for all this
    from foodctl.settings import Settings  # noqa: PLC0415 - the same
    from foodlab.citylife.plan import Plan  # noqa: PLC0415 - the same
    from foodlab.citylife.play import play  # noqa: PLC0415 - the same

    plan = Plan(orders_per_minute, restaurants, drivers, speed, seed, minutes)
    if not play(plan, State(Settings().state), Console()):
        raise typer.Exit(1)
