"""`foodctl bench`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from foodctl.settings import Settings


class What(StrEnum):
    """What is measured."""

    PATHS = "paths"
    TELEMETRY = "telemetry"


def bench(
    what: Annotated[
        What, typer.Argument(help="The hot paths against references, or what telemetry costs beside none.")
    ] = What.PATHS,
    quick: Annotated[
        bool, typer.Option("--quick", help="Shorter rounds: half a minute instead of two or three.")
    ] = False,
    json: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Where the results go; in the state folder by default."),
    ] = None,
) -> None:
    """Measure the hot paths against nginx and pgbench. Reports goals that are missed, and exits with 0 all the same."""
    from foodchassis import now  # noqa: PLC0415 - half the world, and --help should not wait for it
    from foodlab.bench.overhead import overhead  # noqa: PLC0415 - the same
    from foodlab.bench.plan import FULL, QUICK  # noqa: PLC0415 - the same
    from foodlab.bench.run import bench as measure  # noqa: PLC0415 - the same

    default = Settings().state / "bench" / f"{now():%Y%m%dT%H%M%SZ}.json"
    (overhead if what is What.TELEMETRY else measure)(QUICK if quick else FULL, Console(), json or default)
