"""Stop everything, with or without dropping the data."""

from shutil import rmtree

from rich.console import Console

from devservers.errors import DevserversError
from devservers.infra import Infra
from devservers.interface import Servers
from devservers.processes import Processes
from devservers.state import State
from foodctl.catalog import SERVICES
from foodctl.system import System
from foodlab import databases, supervisor
from foodlab.choice import reopen
from foodlab.citylife import quiet
from foodlab.interrupts import held_back


def down(state: State, console: Console) -> None:
    """Stop the recorded services, then the servers."""
    if not state.folder.exists():
        console.print("nothing is running here")
        return
    state.prepare()
    with state.lock(), held_back():
        _stop(state, console)


def clean(state: State, console: Console) -> None:
    """Stop everything and drop all data."""
    if not state.folder.exists():
        console.print("nothing to drop")
        return
    for within in state.folder.glob("*/system.json"):
        # Also an interrupted chaos run: its processes would outlive their records.
        clean(State(within.parent), console)
    state.prepare()
    with state.lock(), held_back():
        system = System.find(state)
        servers = _stop(state, console)
        if system is not None and system.infra is Infra.EXTERNAL:
            databases.drop(system, [service for service in SERVICES if service.has_database])
        if servers is not None:
            servers.wipe()
        rmtree(state.folder, ignore_errors=True)
    console.print("data, logs and credentials are gone")


def _stop(state: State, console: Console) -> Servers | None:
    processes = Processes(state.run, state.logs)
    # First, because it would restart the stopped processes.
    processes.stop(supervisor.NAME)
    stopped = processes.stop(quiet.NAME)
    system = System.find(state)
    stopped += processes.stop(*(system.processes if system else ()))
    servers = _servers(state, processes, console)
    if servers is not None:
        stopped += servers.stop()
    # Other recorded processes, of an interrupted run or with other servers.
    stopped += processes.stop(*processes.records.names())
    console.print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running here", highlight=False)
    return servers


def _servers(state: State, processes: Processes, console: Console) -> Servers | None:
    system = System.find(state)
    if system is None:
        return None
    try:
        return reopen(system.infra, state, processes, system.ports)
    except DevserversError as error:
        console.print(f"the {system.infra} servers are left unchanged: {error}", highlight=False)
        return None
