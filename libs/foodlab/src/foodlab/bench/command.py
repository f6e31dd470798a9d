"""`foodctl bench` and `foodctl profile`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from foodctl.catalog import service_named
from foodctl.settings import Settings


class What(StrEnum):
    """The kinds of measurements."""

    PATHS = "paths"
    ORDERS = "orders"
    GROWTH = "growth"
    TELEMETRY = "telemetry"
    SERVICES = "services"


SOME, MANY = 20_000, 1_000_000
Quick = Annotated[
    bool, typer.Option("--quick", "--short", help="Fewer orders and shorter rounds: a minute instead of four.")
]


def bench(
    what: Annotated[
        What,
        typer.Argument(
            help="The hot paths against references, whole orders, what telemetry costs beside none, the time of each"
            " route with a million stored orders, or reading, starting, memory and outbox of one service."
        ),
    ] = What.PATHS,
    quick: Quick = False,
    peer: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="With `orders`: also measure the public system of this checkout, see docs/performance.md.",
        ),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="The file for the results; in the state folder by default."),
    ] = None,
) -> None:
    """Measure, and report missed goals; exits with 0 in any case."""
    from foodlab.bench import alone, growth, journeys, orders, overhead, rounds, run  # noqa: PLC0415 - half the world; --help is fast

    file, console = json or _default(what), Console()
    if peer is not None and what is not What.ORDERS:
        raise typer.BadParameter("only `orders` can be measured beside a peer", param_hint="--peer")
    if what is What.ORDERS:
        orders.measure(journeys.QUICK if quick else journeys.FULL, console, file, peer=peer)
    elif what is What.SERVICES:
        alone.measure(alone.QUICK if quick else alone.FULL, console, file)
    elif what is What.GROWTH:
        growth.measure(SOME if quick else MANY, console, file)
    else:
        (overhead.overhead if what is What.TELEMETRY else run.bench)(
            rounds.QUICK if quick else rounds.FULL, console, file
        )


def profile(
    service: Annotated[str, typer.Argument(help="The service that is sampled, such as order-service or order.")],
    quick: Quick = False,
) -> None:
    """Measure whole orders, and draw a flame graph of a service while it is saturated."""
    from foodlab.bench import journeys, orders  # noqa: PLC0415 - the same

    name = service_named(service).name
    orders.measure(journeys.QUICK if quick else journeys.FULL, Console(), _default(What.ORDERS), profiled=name)


def _default(what: What) -> Path:
    from foodchassis import now  # noqa: PLC0415 - the same

    return Settings().state / "bench" / f"{what}-{now():%Y%m%dT%H%M%SZ}.json"
