"""The background city of `just up --city`: a process that the supervisor restarts when it ends."""

import sys
from pathlib import Path

from rich.console import Console

from devservers.infra import Infra
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.state import State
from devservers.steps import run
from foodctl.settings import PROJECT
from foodctl.system import System
from foodlab import supervisor
from foodlab.board import shown
from foodlab.citylife.plan import QUIET
from foodlab.interrupts import held_back

NAME = "city"


def start(state: State, system: System, console: Console) -> None:
    """Start it unless it is running, and print where to see it."""
    with state.lock(), held_back() as interrupts:
        processes = Processes(state.run, state.logs)
        argv = (sys.executable, "-m", "foodlab.citylife.quiet", str(state.folder.resolve()))
        steps = [processes.step(Program(NAME, argv, cwd=PROJECT))]
        if system.infra is Infra.CONTAINERS:
            # The container engine restarts the containers, so that only this process needs a supervisor.
            steps.append(supervisor.step(state, processes, after=(NAME,)))
        with shown(console, [step.name for step in steps]) as board:
            run(steps, board, interrupts.check)
    people = f"{QUIET.restaurants} kitchens and {QUIET.drivers} couriers are coming"
    console.print(f"city       {people}: `just logs {NAME}`, `just status`", highlight=False, soft_wrap=True)


def main() -> None:
    """Run it until it is stopped."""
    from foodlab.citylife.play import play  # noqa: PLC0415 - half the world, which `just up` and `down` need not load

    play(QUIET, State(Path(sys.argv[1])), Console())


if __name__ == "__main__":
    main()
