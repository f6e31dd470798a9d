"""The developer's commands of `foodctl`."""

from typing import Annotated

import typer
from rich.console import Console

from devservers.infra import Infra
from devservers.state import State
from foodctl.catalog import parse_ports
from foodctl.instances import parse_instances
from foodctl.settings import Settings
from foodlab.bench.command import bench, profile
from foodlab.chaos.command import chaos
from foodlab.citylife.command import city as live
from foodlab.documenting import docs, transcript
from foodlab.k8s.command import k8s
from foodlab.newservice.command import new_service, services
from foodlab.releasing import tag
from foodlab.simulation.command import simulate
from foodlab.taps.command import listen, trigger

app = typer.Typer()
app.add_typer(k8s, name="k8s")
for _command in (bench, chaos, docs, listen, new_service, profile, services, simulate, tag, transcript, trigger):
    app.command()(_command)
app.command(name="city")(live)

InfraOption = Annotated[
    Infra,
    typer.Option(
        help="How to run PostgreSQL, Redis and RabbitMQ: the URLs in FOODAPP_POSTGRES_URL, FOODAPP_REDIS_URL and "
        "FOODAPP_RABBITMQ_URL (external), containers (compose), or private processes of this machine (native)."
    ),
]
ContainersOption = Annotated[
    bool,
    typer.Option(
        "--containers",
        help="Build images and run everything as containers, including services and monitoring; "
        "an empty COMPOSE_PROFILES omits the monitoring.",
    ),
]
ReloadOption = Annotated[bool, typer.Option("--reload", help="Restart a service when its code changes.")]
PortOption = Annotated[
    list[str],
    typer.Option("--port", metavar="NAME=NUMBER", help="Use another port, such as gateway=9000. May be repeated."),
]
OffsetOption = Annotated[
    int, typer.Option(min=0, max=10_000, help="Move every port by this number, to run beside another checkout: 100.")
]
InstancesOption = Annotated[
    list[str],
    typer.Option(
        "--instances",
        metavar="[NAME=]NUMBER",
        help="Run several processes of a service behind the gateway, such as order=2, or 2 of each. May be repeated.",
    ),
]

CityOption = Annotated[
    bool,
    typer.Option("--city", help="Also start a simulated city with a small load: kitchens, customers and couriers."),
]


@app.command()
def up(
    infra: InfraOption = Infra.AUTO,
    *,
    containers: ContainersOption = False,
    reload: ReloadOption = False,
    port: PortOption = [],  # noqa: B006 - typer copies it
    offset: OffsetOption = 0,
    instances: InstancesOption = [],  # noqa: B006 - the same
    city: CityOption = False,
) -> None:
    """Start everything in the background, seed it and send a first order. Parts that already run are left unchanged.

    Exits with 1 when it does not start and is stopped again, and with 4 when it runs and the seed or the order failed.
    """
    from foodlab.citylife import quiet  # noqa: PLC0415 - as below
    from foodlab.up import Wishes  # noqa: PLC0415 - imports half the world, and --help should not wait for it
    from foodlab.up import up as start  # noqa: PLC0415 - the same
    from foodlab.welcome import welcome  # noqa: PLC0415 - the same

    wanted = Infra.CONTAINERS if containers else infra
    console = Console()
    ports, wishes = parse_ports(port, offset), parse_instances(instances)
    state = _state()
    system = start(state, Wishes(wanted, ports, wishes, reload), console)
    welcome(system, console)
    if city:
        quiet.start(state, system, console)


@app.command()
def down() -> None:
    """Stop everything and keep the data."""
    from foodlab.down import down as stop  # noqa: PLC0415 - as above

    stop(_state(), Console())


@app.command()
def clean() -> None:
    """Stop everything and drop the data, the logs and the credentials."""
    from foodlab.down import clean as wipe  # noqa: PLC0415 - as above

    wipe(_state(), Console())


@app.command()
def status() -> None:
    """Show the state of all parts. Exits with 1 when something is not ready."""
    from foodlab.status import show  # noqa: PLC0415 - as above

    if not show(_state(), Console()):
        raise typer.Exit(1)


@app.command()
def restart(names: Annotated[list[str] | None, typer.Argument(help="Services, instances or servers.")] = None) -> None:
    """Restart all services or the parts named, one process after the other, each when the one before is ready."""
    from foodlab.restarting import restart as again  # noqa: PLC0415 - as above

    again(_state(), names or [], Console())


@app.command()
def logs(
    service: Annotated[str | None, typer.Argument(help="One service or server; by default all services.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Follow new lines until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Number of old lines to show first.")] = 50,
) -> None:
    """Show the logs."""
    from foodlab.logs import show  # noqa: PLC0415 - as above

    show(_state(), Console(), service, lines=lines, follow=follow)


@app.command()
def demo(
    orders: Annotated[int, typer.Option("--orders", "-n", min=1, max=500, help="Number of orders.")] = 5,
    chaotic: Annotated[bool, typer.Option("--chaotic", help="Instead, one order for each ending.")] = False,
    trace: Annotated[bool, typer.Option(help="Print the trace of the last order.")] = True,
) -> None:
    """Send orders through the gateway and watch them move. Exits with 1 when one does not end as expected."""
    from foodctl.system import System  # noqa: PLC0415 - as above
    from foodlab.chaotic import chaotic as send_chaotic  # noqa: PLC0415 - as above
    from foodlab.demo import demo as send  # noqa: PLC0415 - as above

    system = System.here()
    send_chaotic(system, Console()) if chaotic else send(system, Console(), orders, trace=trace)


def _state() -> State:
    return State(Settings().state)
