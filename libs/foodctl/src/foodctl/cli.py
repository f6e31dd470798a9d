"""The command line: `foodctl --help`."""

from importlib.metadata import entry_points
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup
from typing_extensions import override

from devservers.errors import DevserversError
from foodctl.commands import accounts, admin, republish, smoke
from foodctl.dlq.commands import dlq
from foodctl.keys import keys
from foodctl.menus.command import menu
from foodctl.outbox import outbox
from foodctl.queues import queues
from foodctl.traces.command import trace as trace_order
from foodctl.verifying import verify

# Other packages add commands here: each entry point is a Typer of them.
GROUP = "foodctl.commands"


class _Commands(TyperGroup):
    """Commands whose failures are a one-line error and an exit code."""

    @override
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except DevserversError as error:
            Console(stderr=True).print(f"foodctl: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
            raise typer.Exit(error.code) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Operates the food-delivery system, and runs it on this machine where foodlab is installed.",
)
for _name, _commands in {"dlq": dlq, "outbox": outbox, "queues": queues, "keys": keys, "menu": menu}.items():
    app.add_typer(_commands, name=_name)
app.command(name="trace")(trace_order)
for _command in (accounts, admin, republish, smoke, verify):
    app.command()(_command)
for _more in entry_points(group=GROUP):
    app.add_typer(_more.load())
