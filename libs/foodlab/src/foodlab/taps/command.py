"""The commands `foodctl trigger` and `foodctl listen`."""

import asyncio
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def trigger(
    name: Annotated[
        str | None, typer.Argument(help="The trigger, such as order.cancelled; without it, list all.")
    ] = None,
) -> None:
    """Bring one order to a chosen ending, and print its events. Without a name, list the triggers."""
    from foodctl.system import System  # noqa: PLC0415 - --help should not wait for all this
    from foodlab.taps import trigger as triggers  # noqa: PLC0415 - the same

    console = Console()
    if name is None:
        table = Table("trigger", "what happens", "order", "payment", box=None, pad_edge=False)
        for row in triggers.listed():
            table.add_row(*row)
        console.print(table, highlight=False)
        return
    ending = triggers.named(name)
    triggers.trigger(System.here(), console, ending)


def listen(
    forward_to: Annotated[str, typer.Option(metavar="URL", help="The URL for signed webhooks.")],
    events: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Event types, such as order.* or payment.refunded. May be repeated."),
    ] = None,
) -> None:
    """Forward the events of the running system, until Ctrl-C.

    An event is sent up to six times within a minute, until the receiver answers with 2xx.
    """
    from devservers.state import State  # noqa: PLC0415 - as above
    from foodctl.settings import Settings  # noqa: PLC0415 - as above
    from foodctl.system import System  # noqa: PLC0415 - as above
    from foodlab.taps.forwarding import require_url, secret_of  # noqa: PLC0415 - as above
    from foodlab.taps.listen import listen as run  # noqa: PLC0415 - as above

    require_url(forward_to)
    state, console = State(Settings().state), Console()
    system, secret = System.load(state), secret_of(state)
    console.print(f"events go to {forward_to}; check their signatures with {secret}", highlight=False, soft_wrap=True)
    with suppress(KeyboardInterrupt):
        asyncio.run(run(system.endpoints.rabbitmq_url, forward_to, secret, events or ["#"], console))
    console.print("stopped; events within a day are forwarded by the next `listen`")
