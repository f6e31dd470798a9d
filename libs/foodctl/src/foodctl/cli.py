"""The command line: `foodctl --help`."""

from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup
from typing_extensions import override

from foodctl.admin import admin
from foodctl.bench.command import bench
from foodctl.catalog import parse_ports
from foodctl.chaos.command import chaos
from foodctl.dlq.commands import dlq
from foodctl.documenting import docs
from foodctl.errors import FoodctlError
from foodctl.infra import Infra
from foodctl.instances import parse_instances
from foodctl.k8s.command import k8s
from foodctl.keys import keys
from foodctl.newservice.command import new_service
from foodctl.outbox import outbox
from foodctl.queues import queues
from foodctl.releasing import tag
from foodctl.republish import republish
from foodctl.settings import Settings
from foodctl.simulation.command import simulate
from foodctl.smoke import smoke
from foodctl.state import State
from foodctl.traces.command import trace as trace_order
from foodctl.verifying import verify


class _Commands(TyperGroup):
    """Commands whose failures are one clear line and an exit code."""

    @override
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except FoodctlError as error:
            Console(stderr=True).print(f"foodctl: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
            raise typer.Exit(error.code) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Runs and operates the whole food-delivery system on this machine.",
)
for _name, _commands in {"dlq": dlq, "outbox": outbox, "queues": queues, "k8s": k8s, "keys": keys}.items():
    app.add_typer(_commands, name=_name)
app.command(name="trace")(trace_order)
for _command in (admin, bench, chaos, docs, new_service, republish, simulate, smoke, tag, verify):
    app.command()(_command)

InfraOption = Annotated[
    Infra,
    typer.Option(
        help="Where PostgreSQL, Redis and RabbitMQ come from: the URLs in FOODAPP_POSTGRES_URL, FOODAPP_REDIS_URL and "
        "FOODAPP_RABBITMQ_URL (external), containers (compose), or private processes of this machine (native)."
    ),
]
ContainersOption = Annotated[
    bool,
    typer.Option(
        "--containers",
        help="Build images and run everything as containers, the services too, with what watches them; "
        "an empty COMPOSE_PROFILES does without the watchers.",
    ),
]
ReloadOption = Annotated[bool, typer.Option("--reload", help="Restart a service when its code changes.")]
PortOption = Annotated[
    list[str],
    typer.Option("--port", metavar="NAME=NUMBER", help="Use another port, such as gateway=9000. May be repeated."),
]

InstancesOption = Annotated[
    list[str],
    typer.Option(
        "--instances",
        metavar="[NAME=]NUMBER",
        help="Run several processes of a service behind the gateway, such as order=2, or 2 of each. May be repeated.",
    ),
]


@app.command()
def up(
    infra: InfraOption = Infra.AUTO,
    containers: ContainersOption = False,
    reload: ReloadOption = False,
    port: PortOption = [],  # noqa: B006 - typer copies it
    instances: InstancesOption = [],  # noqa: B006 - the same
) -> None:
    """Start everything in the background, seed it and send a first order. Harmless when it runs.

    Exits with 1 when it does not start and is stopped again, and with 4 when it runs and the seed or the order failed.
    """
    from foodctl.up import Wishes  # noqa: PLC0415 - imports half the world, and --help should not wait for it
    from foodctl.up import up as start  # noqa: PLC0415 - the same
    from foodctl.welcome import welcome  # noqa: PLC0415 - the same

    wanted = Infra.CONTAINERS if containers else infra
    console = Console()
    welcome(start(_state(), Wishes(wanted, parse_ports(port), parse_instances(instances), reload), console), console)


@app.command()
def down() -> None:
    """Stop everything and keep the data."""
    from foodctl.down import down as stop  # noqa: PLC0415 - as above

    stop(_state(), Console())


@app.command()
def clean() -> None:
    """Stop everything and drop the data, the logs and the credentials."""
    from foodctl.down import clean as wipe  # noqa: PLC0415 - as above

    wipe(_state(), Console())


@app.command()
def status() -> None:
    """Show what runs here. Exits with 1 when something is not ready."""
    from foodctl.status import show  # noqa: PLC0415 - as above

    if not show(_state(), Console()):
        raise typer.Exit(1)


@app.command()
def restart(
    names: Annotated[
        list[str] | None, typer.Argument(help="Services, instances or servers; all services without.")
    ] = None,
) -> None:
    """Restart all services or the parts named, one process after the other, each when the one before is ready."""
    from foodctl.restarting import restart as again  # noqa: PLC0415 - as above

    again(_state(), names or [], Console())


@app.command()
def logs(
    service: Annotated[str | None, typer.Argument(help="One service or server; all services when left out.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many old lines to begin with.")] = 50,
) -> None:
    """Show the logs."""
    from foodctl.logs import show  # noqa: PLC0415 - as above

    show(_state(), Console(), service, lines=lines, follow=follow)


@app.command()
def demo(
    orders: Annotated[int, typer.Option("--orders", "-n", min=1, max=500, help="How many orders to send.")] = 5,
    chaotic: Annotated[bool, typer.Option("--chaotic", help="One order to each ending, good or bad, instead.")] = False,
    trace: Annotated[bool, typer.Option(help="End with the trace of the last order.")] = True,
) -> None:
    """Send orders through the gateway and watch them move. Exits with 1 when one does not end as it should."""
    from foodctl.chaotic import chaotic as send_chaotic  # noqa: PLC0415 - as above
    from foodctl.demo import demo as send  # noqa: PLC0415 - as above
    from foodctl.system import System  # noqa: PLC0415 - as above

    system = System.load(_state())
    send_chaotic(system, Console()) if chaotic else send(system, Console(), orders, trace=trace)


def _state() -> State:
    return State(Settings().state)
