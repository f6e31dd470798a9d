"""The commands `foodctl new-service` and `foodctl services`."""

from typing import Annotated

import typer
from rich.console import Console

from foodctl.settings import PROJECT


def services() -> None:
    """Update every list of services from deploy/services.toml; print the changed files."""
    from foodlab.newservice.lists import complete  # noqa: PLC0415 - imports every event, and --help should not wait for it

    console = Console(highlight=False, soft_wrap=True, markup=False)
    for path in complete(PROJECT):
        console.print(str(path.relative_to(PROJECT)))


def new_service(
    name: Annotated[str, typer.Argument(help="The singular noun of the stored objects, such as coupon or gift-card.")],
) -> None:
    """Create a service that stores one kind of object, serves it and handles two events, as a start."""
    from foodlab.newservice import make  # noqa: PLC0415 - imports every event, and --help should not wait for it

    console = Console(highlight=False, soft_wrap=True, markup=False)
    for path in make(name, PROJECT):
        console.print(str(path.relative_to(PROJECT)))
    console.print("Now: uv run just check, then `just down` and `just up` start it with the others.")
