"""`foodctl dlq --help`: dead letters."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from devservers.errors import UsageError
from foodctl.catalog import SERVICES, service_named
from foodctl.connections import Connections

dlq = typer.Typer(
    no_args_is_help=True,
    help="Dead letters: messages that a service could not handle are parked with the reason. Send them back "
    "after removing the cause, or drop them. Each stays until its copy is confirmed, so a command may be interrupted.",
)

ServiceOption = Annotated[str | None, typer.Option("--service", "-s", help="Only dead letters of this service.")]
IdsArgument = Annotated[list[str], typer.Argument(metavar="[ID]...", help="Ids, or their last 8 characters and more.")]
AllOption = Annotated[bool, typer.Option("--all", help="All dead letters instead of those named.")]


@dlq.command("list")
def list_(service: ServiceOption = None) -> None:
    """Show the number of dead letters by service, queue and reason."""
    from foodctl.dlq import work  # noqa: PLC0415 - imports the broker's client, and --help should not wait for it

    asyncio.run(work.overview(_broker(), work.Choice(_services(service)), Console()))


@dlq.command()
def show(ids: IdsArgument, service: ServiceOption = None) -> None:
    """Show dead letters with their content, which includes personal data."""
    from foodctl.dlq import work  # noqa: PLC0415 - as above

    asyncio.run(work.show(_broker(), work.Choice(_services(service), ids), Console()))


@dlq.command()
def replay(ids: IdsArgument = [], everything: AllOption = False, service: ServiceOption = None) -> None:  # noqa: B006 - typer copies it
    """Send dead letters back to their original queue with reset attempts. Exits with 1 when one has to stay."""
    from foodctl.dlq import work  # noqa: PLC0415 - as above

    _one_way(ids, everything)
    asyncio.run(work.replay(_broker(), work.Choice(_services(service), ids), Console()))


@dlq.command()
def drop(
    ids: IdsArgument = [],  # noqa: B006 - typer copies it
    everything: AllOption = False,
    service: ServiceOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Drop dead letters permanently, and record that: `foodctl verify` reports them as dropped, not as lost."""
    from foodctl.dlq import work  # noqa: PLC0415 - as above

    def agreed(count: int) -> bool:
        return yes or typer.confirm(f"Drop {count} permanently?")

    _one_way(ids, everything)
    asyncio.run(
        work.drop(_broker(), Connections.find().databases, work.Choice(_services(service), ids), Console(), agreed)
    )


def _one_way(ids: Sequence[str], everything: bool) -> None:
    if bool(ids) == everything:
        raise UsageError("give ids of dead letters, or --all; `foodctl dlq list` shows them")


def _broker() -> str:
    url = Connections.find().broker
    if url is None:
        raise UsageError("the environment has the databases but not the broker: set FOODAPP_RABBITMQ_URL")
    return url


def _services(name: str | None) -> list[str]:
    if name is not None:
        return [service_named(name).name]
    return [service.name for service in SERVICES if service.has_database]
