"""One whole run: start everything, measure round by round, stop everything, report."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.status import Status

from devservers.interface import Servers
from devservers.native import Native
from devservers.ports import free_ports
from devservers.private import RabbitPorts
from devservers.processes import Processes
from devservers.steps import run
from foodctl.credentials import Credentials
from foodlab.bench.pgbench import Pgbench, find_pgbench
from foodlab.bench.plan import Plan
from foodlab.bench.report import Report
from foodlab.bench.rounds import Rounds
from foodlab.bench.stage import PORTS, Stage
from foodlab.bench.table import show
from foodlab.bench.whole import Whole
from foodlab.board import shown
from foodlab.interrupts import held_back

MakeServers = Callable[[Path, Processes], Servers]


def private_servers(folder: Path, processes: Processes) -> Servers:
    """Return servers of this run's own, as durable as those of a system that is up."""
    postgres, redis, *rabbitmq = free_ports(5)
    return Native(folder / "native", processes, Credentials(), RabbitPorts(*rabbitmq), postgres=postgres, redis=redis)


def bench(plan: Plan, console: Console, file: Path, make_servers: MakeServers = private_servers) -> Report:
    """Measure, print the table and write the file."""
    report = Report(plan)
    with held_back() as interrupts, workplace() as (folder, undo):
        processes = Processes(folder / "run", folder / "logs", tied=True)
        # What these servers hold is thrown away: they need no time to put it in order.
        undo.callback(processes.undo, grace=0)
        servers = make_servers(folder, processes)
        stage = Stage(processes, folder, servers.endpoints, free_ports(PORTS))
        steps = servers.steps() + stage.steps()
        with shown(console, [step.name for step in steps]) as board:
            undo.callback(stage.undo)
            run(steps, board, interrupts.check)
        with interrupts.at_once(), console.status("measuring") as status:
            rounds = Rounds(stage, plan, Pgbench(find_pgbench(), stage.scratch.reference_url, plan.clients))
            for number in range(1, plan.rounds + 1):
                where = f"round {number} of {plan.rounds}"
                report.rounds.append(rounds.measure(number, lambda what: status.update(f"{where}: {what}")))  # noqa: B023
    report.write(file)
    show(report, console)
    console.print(f"every round: {file}", highlight=False, soft_wrap=True)
    return report


@contextmanager
def workplace() -> Iterator[tuple[Path, ExitStack]]:
    """Yield a folder for one run, and what is called when the run is over, before the folder goes."""
    with tempfile.TemporaryDirectory(prefix="foodapp-bench-", ignore_cleanup_errors=True) as name, ExitStack() as undo:
        folder = Path(name)
        # The servers' own accounts pass through; what is secret inside is private file by file.
        folder.chmod(0o755)
        for part in ("run", "logs"):
            (folder / part).mkdir(mode=0o700)
        yield folder, undo


@contextmanager
def started(console: Console, environment: Mapping[str, str] | None = None) -> Iterator[tuple[Whole, Status]]:
    """Start a whole system of this run's own for a block that measures it; `environment` is given to each service."""
    with held_back() as interrupts, workplace() as (folder, undo):
        processes = Processes(folder / "run", folder / "logs", tied=True)
        undo.callback(processes.undo, grace=0)
        whole = Whole(processes, folder, private_servers(folder, processes), environment or {})
        steps = whole.steps()
        with shown(console, [step.name for step in steps]) as board:
            undo.callback(whole.undo)
            run(steps, board, interrupts.check)
        with interrupts.at_once(), console.status("measuring") as status:
            yield whole, status
