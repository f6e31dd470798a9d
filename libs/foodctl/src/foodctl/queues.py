"""`foodctl queues --help`: gives queues the arguments of this release: RabbitMQ never changes those of a queue."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from foodctl.catalog import service_named
from foodctl.errors import FoodctlError

queues = typer.Typer(no_args_is_help=True, help="Queues whose arguments another release declared.")


@queues.callback()
def _queues() -> None:
    """Have `migrate` stay a subcommand while it is the only one."""


@queues.command()
def migrate(service: Annotated[str, typer.Argument(help="The service whose queues are to be migrated.")]) -> None:
    """Move a stopped service's messages to queues with this release's arguments; events keep coming meanwhile.

    A message may be delivered twice and is never lost; a command that was broken off is simply repeated.
    """
    from foodctl.connections import Connections  # noqa: PLC0415 - the same
    from foodctl.moving import migrated  # noqa: PLC0415 - imports the broker's client, and --help should not wait for it

    broker = Connections.find().broker
    if broker is None:
        raise FoodctlError("no URL of the broker is known; set FOODAPP_RABBITMQ_URL")
    done = asyncio.run(migrated(broker, service_named(service).package))
    console = Console(highlight=False, soft_wrap=True)
    for name, moved in done.items():
        console.print(f"{name}: migrated, {moved} messages moved")
    if not done:
        console.print("every queue has the arguments of this release")
