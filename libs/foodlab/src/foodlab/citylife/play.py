"""One run of a city in the system of a state folder, and its report."""

import asyncio

from rich.console import Console

from devservers.errors import StoppedError
from devservers.state import State
from foodctl.system import System
from foodlab.citylife import board, memory
from foodlab.citylife.only import only
from foodlab.citylife.plan import Plan
from foodlab.citylife.run import run


def play(plan: Plan, state: State, console: Console) -> bool:
    """Run a city to its end and print what became of it; False when anything is wrong.

    Raises FoodctlError when the system is not up.
    """
    system = System.load(state)
    with only(state, plan.seed):
        begin = memory.of_services(state, system)
        try:
            world = asyncio.run(run(plan, system.gateway_url, console))
        except asyncio.CancelledError:
            raise StoppedError("stopped at once; what is open ends by its deadlines") from None
        end = memory.of_services(state, system)
    board.show(world, {name: (size, end[name]) for name, size in begin.items() if name in end}, console)
    return not board.problems(world)
