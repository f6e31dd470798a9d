"""Restarts services and servers of a running system, one process after the other."""

from collections.abc import Callable
from functools import partial

from rich.console import Console

from devservers import probes
from devservers.errors import UsageError
from devservers.infra import SERVERS, Infra
from devservers.interface import answers
from devservers.processes import Processes
from devservers.state import State
from devservers.steps import Say, Silence, Step, run
from foodctl.catalog import SERVICES
from foodctl.system import System
from foodlab.interrupts import held_back

_SECONDS = 120.0


def restart(state: State, names: list[str], console: Console) -> None:
    """Stop each process of these parts, start it again, and wait until it is ready, one after the other.

    Without names every service is restarted. Raises UsageError for a part that was not started here.
    """
    system = System.load(state)
    if system.infra is Infra.CONTAINERS:
        raise UsageError("the services are containers; `docker compose restart NAME` restarts one")
    processes = Processes(state.run, state.logs)
    ready = _probes(system)
    with held_back() as interrupts:
        for name in _chosen(system, names):
            if processes.records.load(name) is None:
                raise UsageError(f"{name} was not started here; `just up` starts everything")
            step = Step(name, partial(_launch, state, processes, name), ready[name], seconds=_SECONDS)
            run([step], Silence(), interrupts.check)
            console.print(f"{name}: restarted and ready", highlight=False)


def _launch(state: State, processes: Processes, name: str, say: Say) -> None:
    # Only for the launch: while this part waits, the supervisor must be able to restart its dependencies.
    with state.lock():
        say(processes.restart(name))


def _chosen(system: System, names: list[str]) -> list[str]:
    """Return the processes with these names; a service's name means all its instances."""
    parts = {name: [name] for name in SERVERS}
    for service in SERVICES:
        instances = [one.name for one in system.instances(service)]
        parts |= {name: [name] for name in instances} | {service.short: instances, service.name: instances}
    if unknown := [name for name in names if name not in parts]:
        raise UsageError(f"there is no part {unknown[0]}; there are {', '.join(parts)}")
    return [process for name in names or [service.name for service in SERVICES] for process in parts[name]]


def _probes(system: System) -> dict[str, Callable[[], str | None]]:
    found = answers(system.endpoints)
    for service in SERVICES:
        for one in system.instances(service):
            found[one.name] = partial(probes.http_ready, f"http://127.0.0.1:{system.ports[one.key]}/health/ready")
    return found
