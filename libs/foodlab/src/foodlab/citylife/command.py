"""The command `foodctl city`."""

from typing import Annotated

import typer
from rich.console import Console


def city(
    orders_per_minute: Annotated[
        float, typer.Option(min=0.1, max=600, help="Orders per real minute, on average of a city day.")
    ] = 30,
    *,
    restaurants: Annotated[int, typer.Option(min=1, max=400, help="Number of restaurants.")] = 40,
    drivers: Annotated[int, typer.Option(min=1, max=400, help="Number of couriers.")] = 60,
    speed: Annotated[float, typer.Option(min=1, max=600, help="City seconds per real second.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="The seed of all choices.")] = 1,
    minutes: Annotated[
        float | None, typer.Option(min=0.1, help="Real minutes until the last order; by default until Ctrl-C.")
    ] = None,
) -> None:
    """Simulate customers, kitchens and couriers in a running system, through the gateway.

    Exits with 1 when an order did not end, had an unexpected ending, or a response was wrong.
    """
    from devservers.state import State  # noqa: PLC0415 - --help should not wait for all this
    from foodctl.settings import Settings  # noqa: PLC0415 - the same
    from foodlab.citylife.plan import Plan  # noqa: PLC0415 - the same
    from foodlab.citylife.play import play  # noqa: PLC0415 - the same

    plan = Plan(orders_per_minute, restaurants, drivers, speed, seed, minutes)
    if not play(plan, State(Settings().state), Console()):
        raise typer.Exit(1)
