"""From nothing to six services that are ready, and back to nothing when that fails."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from rich.console import Console

from devservers.infra import Infra
from devservers.interface import Servers
from devservers.processes import Processes
from devservers.state import State
from devservers.steps import Step, run
from foodctl.catalog import DEFAULT_PORTS, SERVICES, Service
from foodctl.credentials import Credentials
from foodctl.system import System
from foodctl.traces.places import NAME as TRACES
from foodlab import services
from foodlab.board import shown
from foodlab.choice import choose, reopen
from foodlab.databases import Migration
from foodlab.interrupts import Interrupts, held_back
from foodlab.traces import keeping


@dataclass(frozen=True)
class Wishes:
    """What the user asked for, and the services to do it with."""

    infra: Infra = Infra.AUTO
    ports: dict[str, int] = field(default_factory=dict)
    reload: bool = False
    parts: Sequence[Service] = SERVICES


def up(state: State, wishes: Wishes, console: Console) -> System:
    """Start what does not run yet and wait for it; undo all of it when any fails."""
    state.prepare()
    with state.lock(), held_back() as interrupts, ExitStack() as undo:
        system = _start(state, wishes, console, interrupts, undo)
        undo.pop_all()
    return system


def _start(state: State, wishes: Wishes, console: Console, interrupts: Interrupts, undo: ExitStack) -> System:
    before = System.find(state)
    ports = (before.ports if before else DEFAULT_PORTS) | wishes.ports
    processes = Processes(state.run, state.logs)
    servers, why = choose(wishes.infra, before.infra if before else None, state, processes, ports)
    console.print(why, highlight=False)
    system = System(Infra(servers.name), ports, servers.endpoints, Credentials.of(state))
    _leave(before, system, state, processes)
    system.save(state)

    migration = Migration(system, [part for part in wishes.parts if part.has_database], state.logs / "migrations.log")
    steps = _steps(system, servers, migration, processes, wishes)
    # Undone from the last to the first: services before the servers they use.
    undo.callback(servers.undo)
    undo.callback(processes.undo, *(part.name for part in wishes.parts), TRACES)
    undo.callback(migration.undo)
    with shown(console, [step.name for step in steps]) as board:
        run(steps, board, interrupts.check)
    return system


def _steps(system: System, servers: Servers, migration: Migration, processes: Processes, wishes: Wishes) -> list[Step]:
    if system.infra is Infra.CONTAINERS:
        return servers.steps()
    kept = keeping.steps(system, processes)
    steps = servers.steps() + kept
    ready = ["redis", "rabbitmq", *(step.name for step in kept)]
    programs = [services.program(system, part, reload=wishes.reload) for part in wishes.parts]
    if not all(processes.runs_as(program) for program in programs):
        steps += migration.steps(after="postgres")
        ready.append("tables")
    return steps + [
        services.step(system, part, program, processes, after=ready)
        for part, program in zip(wishes.parts, programs, strict=True)
    ]


def _leave(before: System | None, system: System, state: State, processes: Processes) -> None:
    """Stop what ran with other servers or on other server ports: its data stays behind."""
    if before is None or (before.infra, before.endpoints) == (system.infra, system.endpoints):
        return
    processes.stop(*(service.name for service in SERVICES))
    if before.infra is not Infra.EXTERNAL:
        reopen(before.infra, state, processes, before.ports).stop()
