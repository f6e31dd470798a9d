"""The commands `foodctl new-service` and `foodctl services`."""

from typing import Annotated

import typer
from rich.console import Console

from foodctl.settings import PROJECT


def services() -> None:
    """Bring every list of services in line with deploy/services.toml; name the files that changed."""
    from foodlab.newservice.lists import complete  # noqa: PLC0415 - imports every event, and --help should not wait for it

    console = Console(highlight=False, soft_wrap=True, markup=False)
    for path in complete(PROJECT):
        console.print(str(path.relative_to(PROJECT)))


def new_service(
    name: Annotated[str, typer.Argument(help="What it stores one of, such as coupon or gift-card.")],
) -> None:
    """Create a service that stores one thing, serves it and handles two events; then change it."""
    from foodlab.newservice import make  # noqa: PLC0415 - imports every event, and --help should not wait for it

    console = Console(highlight=False, soft_wrap=True, markup=False)
    for path in make(name, PROJECT):
        console.print(str(path.relative_to(PROJECT)))
    console.print("Now: uv run just check, then `just down` and `just up` start it with the others.")
