"""A complete run: start everything, measure in rounds, stop everything, report."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, TypeVar

from rich.console import Console
from rich.status import Status

from devservers.interface import Endpoints, Servers
from devservers.native import Native
from devservers.ports import free_ports
from devservers.private import RabbitPorts
from devservers.processes import Processes
from devservers.steps import Step, run
from foodctl.credentials import Credentials
from foodlab.bench.measurement import chart
from foodlab.bench.pgbench import Pgbench, find_pgbench
from foodlab.bench.report import Report
from foodlab.bench.rounds import Plan, Rounds, rows
from foodlab.bench.stage import Stage
from foodlab.bench.table import show
from foodlab.board import shown
from foodlab.interrupts import held_back

MakeServers = Callable[[Path, Processes], Servers]


class Measured(Protocol):
    """The programs to measure."""

    def steps(self) -> list[Step]:
        """Return the steps that start them, after the steps postgres, redis and rabbitmq."""

    def undo(self) -> None:
        """Remove data that remains after the processes have ended."""


Some = TypeVar("Some", bound=Measured)


def private_servers(folder: Path, processes: Processes) -> Servers:
    """Return separate servers for this run, as durable as those of a normal system."""
    postgres, redis, *rabbitmq = free_ports(5)
    return Native(folder / "native", processes, Credentials(), RabbitPorts(*rabbitmq), postgres=postgres, redis=redis)


@contextmanager
def started(
    console: Console, make: Callable[[Processes, Path, Endpoints], Some], make_servers: MakeServers = private_servers
) -> Iterator[tuple[Some, Status]]:
    """Start separate servers for this run, and the programs to measure."""
    with (
        held_back() as interrupts,
        tempfile.TemporaryDirectory(prefix="foodapp-bench-", ignore_cleanup_errors=True) as name,
        ExitStack() as undo,
    ):
        folder = Path(name)
        # The servers' accounts must be able to traverse it; secret files inside are private.
        folder.chmod(0o755)
        for part in ("run", "logs"):
            (folder / part).mkdir(mode=0o700)
        processes = Processes(folder / "run", folder / "logs", tied=True)
        servers = make_servers(folder, processes)
        measured = make(processes, folder, servers.endpoints)
        # The data is discarded, so that the servers need no orderly shutdown.
        undo.callback(processes.undo, grace=0)
        undo.callback(measured.undo)
        steps = servers.steps() + measured.steps()
        with shown(console, [step.name for step in steps]) as board:
            run(steps, board, interrupts.check)
        with interrupts.at_once(), console.status("measuring") as status:
            yield measured, status


def bench(plan: Plan, console: Console, file: Path, make_servers: MakeServers = private_servers) -> None:
    """Measure, print the table and write the file."""
    report, found = Report(), []
    with started(console, Stage, make_servers) as (stage, status):
        rounds = Rounds(stage, plan, Pgbench(find_pgbench(), stage.scratch.reference_url, plan.clients))
        for number in range(1, plan.rounds + 1):
            where = f"round {number} of {plan.rounds}"
            found.append(rounds.measure(number, lambda what: status.update(f"{where}: {what}")))  # noqa: B023 - called at once
    lines, sending = rows(found), max(one.sending for one in found)
    title = f"medians of {plan.rounds} rounds on {report.machine['cores']} cores, references in the same rounds"
    show(lines, title, console)
    console.print(f"sending orders took {100 * sending:.0f} % of a core at most", highlight=False)
    content = {
        "plan": asdict(plan),
        "rows": [row.as_json() for row in lines],
        "sending": sending,
        "rounds": [asdict(one) for one in found],
    }
    report.write(file, console, content, chart("measured beside its reference, median ratio", lines))
