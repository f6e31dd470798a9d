"""The memory of the services that run as processes of this machine."""

import psutil

from devservers.processes import Processes
from devservers.state import State
from foodctl.system import System

_MB = 1_000_000


def of_services(state: State, system: System) -> dict[str, float]:
    """Return the megabytes that each service has for itself, and its share of what it shares; none in containers."""
    processes = Processes(state.run, state.logs)
    found = {name: _size(record.pid) for name in system.processes if (record := processes.running(name))}
    return found | ({"this city": _size(psutil.Process().pid)} if found else {})


def _size(pid: int) -> float:
    memory = psutil.Process(pid).memory_full_info()
    return float(getattr(memory, "pss", memory.rss)) / _MB
