"""Runs a city in the system of a state folder, and prints its report."""

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from rich.console import Console

from devservers.errors import StoppedError
from devservers.processes import Processes
from devservers.state import State
from foodctl.errors import FoodctlError
from foodctl.system import System
from foodlab.citylife import board
from foodlab.citylife.plan import Plan
from foodlab.citylife.run import run


def play(plan: Plan, state: State, console: Console) -> bool:
    """Run a city and print its report; return False when there are problems. Raises FoodctlError without a system."""
    system = System.load(state)
    with only(state, plan.seed):
        begin = _memory(state, system)
        try:
            world = asyncio.run(run(plan, system.gateway_url, console))
        except asyncio.CancelledError:
            raise StoppedError("stopped immediately; open orders end by their deadlines") from None
        end = _memory(state, system)
    board.show(world, {name: (size, end[name]) for name, size in begin.items() if name in end}, console)
    return not board.problems(world)


@contextmanager
def only(state: State, seed: int) -> Iterator[None]:
    """Lock a seed during a block. Raises FoodctlError when another city uses it.

    Two cities of one seed would move the same couriers.
    """
    with (state.folder / f"city-{seed}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FoodctlError(f"a city of seed {seed} is running here; end it, or choose another --seed") from None
        yield


def _memory(state: State, system: System) -> dict[str, float]:
    """Return the proportional memory of each service, in megabytes; nothing in containers."""
    processes = Processes(state.run, state.logs)
    found = {name: _size(record.pid) for name in system.processes if (record := processes.running(name))}
    return found | ({"this city": _size(psutil.Process().pid)} if found else {})


def _size(pid: int) -> float:
    memory = psutil.Process(pid).memory_full_info()
    return float(getattr(memory, "pss", memory.rss)) / 1e6
