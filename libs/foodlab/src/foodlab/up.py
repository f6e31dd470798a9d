"""From nothing to services that are ready, and back to nothing when that fails."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from rich.console import Console

from devservers.infra import Infra
from devservers.interface import Servers, nothing_to_do
from devservers.processes import Processes
from devservers.state import State
from devservers.steps import Step, run
from foodctl import accounts
from foodctl.catalog import DEFAULT_PORTS, SERVICES, Service
from foodctl.credentials import Credentials
from foodctl.errors import FoodctlError
from foodctl.instances import with_instances
from foodctl.limits import Limits, put
from foodctl.system import System
from foodctl.traces.places import NAME as TRACES
from foodctl.traces.places import receiver_url
from foodlab import services, supervisor
from foodlab.board import shown
from foodlab.choice import choose, reopen
from foodlab.databases import Migration
from foodlab.interrupts import Interrupts, held_back

# The servers for services that run as processes of this machine.
_OWN = frozenset({Infra.NATIVE, Infra.COMPOSE})


@dataclass(frozen=True)
class Wishes:
    """The options of the user, and the services to start."""

    infra: Infra = Infra.AUTO
    ports: dict[str, int] = field(default_factory=dict)
    instances: dict[str, int] = field(default_factory=dict)
    reload: bool = False
    parts: Sequence[Service] = SERVICES


def up(state: State, wishes: Wishes, console: Console) -> System:
    """Start the missing parts and wait for them; undo everything when one fails."""
    state.prepare()
    with state.lock(), held_back() as interrupts, ExitStack() as undo:
        system = _start(state, wishes, console, interrupts, undo)
        undo.pop_all()
    return system


def _start(state: State, wishes: Wishes, console: Console, interrupts: Interrupts, undo: ExitStack) -> System:
    before = System.find(state)
    ports = with_instances((before.ports if before else DEFAULT_PORTS) | wishes.ports, wishes.instances)
    processes = Processes(state.run, state.logs)
    servers, why = choose(wishes.infra, before.infra if before else None, state, processes, ports)
    console.print(why, highlight=False)
    infra = Infra(servers.name)
    system = System(infra, ports, servers.endpoints, Credentials.of(state), has_accounts=infra in _OWN)
    _leave(before, system, state, processes)
    system.save(state)

    migration = Migration(system, [part for part in wishes.parts if part.has_database], state.logs / "migrations.log")
    steps = _steps(system, servers, migration, processes, wishes)
    if system.infra is not Infra.CONTAINERS:
        steps.append(supervisor.step(state, processes, after=tuple(step.name for step in steps)))
    # Undone in reverse order: services before the servers they use.
    undo.callback(servers.undo)
    parts = (*system.processes, *(part.name for part in wishes.parts))
    undo.callback(processes.undo, supervisor.NAME, *parts, TRACES)
    undo.callback(migration.undo)
    with shown(console, [step.name for step in steps]) as board:
        run(steps, board, interrupts.check)
    return system


def _steps(system: System, servers: Servers, migration: Migration, processes: Processes, wishes: Wishes) -> list[Step]:
    if system.infra is Infra.CONTAINERS:
        return servers.steps()
    steps, ready = servers.steps(), ["redis", "rabbitmq"]
    if receiver_url(system) is not None:
        steps.append(services.step(services.receiver(TRACES, system.ports[TRACES]), processes))
        ready.append(TRACES)
    if system.endpoints.management_url:
        steps.append(Step("limits", nothing_to_do, lambda: _without_limits(system), after=("rabbitmq",)))
    if system.has_accounts:
        steps.append(Step("accounts", nothing_to_do, lambda: _without_accounts(system), after=("redis", "rabbitmq")))
        ready.append("accounts")
    programs = [
        services.program(system, instance, reload=wishes.reload)
        for part in wishes.parts
        for instance in system.instances(part)
    ]
    if not all(processes.runs_as(program) for program in programs):
        steps += migration.steps(after="postgres")
        ready.append("tables")
    return steps + [services.step(program, processes, after=ready) for program in programs]


def _without_limits(system: System) -> str | None:
    """Set this release's limits of queues; return the error, if any."""
    try:
        put(Limits(), system.endpoints.rabbitmq_url, system.endpoints.management_url)
    except FoodctlError as error:
        return str(error)
    return None


def _without_accounts(system: System) -> str | None:
    """Create this release's users of services; return the error, if any."""
    passwords = {part.name: system.credentials.role(part.package) for part in SERVICES}
    try:
        accounts.put(passwords, system.endpoints)
    except FoodctlError as error:
        return str(error)
    return None


def _leave(before: System | None, system: System, state: State, processes: Processes) -> None:
    """Stop instances that are no longer wanted, and processes with other servers, whose data is kept."""
    if before is None:
        return
    if (before.infra, before.endpoints) == (system.infra, system.endpoints):
        processes.stop(*(name for name in before.processes if name not in system.processes))
        return
    processes.stop(*before.processes)
    if before.infra is not Infra.EXTERNAL:
        reopen(before.infra, state, processes, before.ports).stop()
