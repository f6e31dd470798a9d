"""The background process of `just up` that restarts processes which end unexpectedly."""

import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from typing_extensions import override

from devservers.errors import DevserversError
from devservers.processes import Processes
from devservers.spawning import Program
from devservers.state import State, read_json, write_private
from devservers.steps import Step
from foodctl.settings import PROJECT

NAME = "supervisor"
_LOOK = 0.2
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
# A process that ran for this long is restarted immediately when it ends.
_SETTLED = 60.0


@dataclass
class History:
    """The restarts of a process: number, last time in ISO 8601, and current problem."""

    restarts: int = 0
    last: str = ""
    problem: str = ""

    @override
    def __str__(self) -> str:
        """Return the text for the status table."""
        parts = [f"restarted {self.restarts} times, last at {self.last[11:19]} UTC"] if self.restarts else []
        return "; ".join([*parts, *([self.problem] if self.problem else [])])


@dataclass
class _Watch:
    """One process: its last start, the number of early ends, and the next due start."""

    history: History
    started: float = float("-inf")
    soon: int = 0
    due: float | None = None

    def plan(self, now: float) -> None:
        """Schedule the restart: immediately, then after pauses that double."""
        self.soon = self.soon + 1 if now - self.started < _SETTLED else 0
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (self.soon - 1)) if self.soon else 0.0
        self.due = now + pause
        self.history.problem = f"ended, starts again in {pause:.1f} s" if pause else ""


class Supervisor:
    """Watches every recorded process: a record means that it should run."""

    def __init__(self, state: State) -> None:
        """Watch the processes of this folder."""
        self._state = state
        self._processes = Processes(state.run, state.logs)
        self._watched = {name: _Watch(history) for name, history in histories(state).items()}

    def look(self, now: float) -> None:
        """Restart ended processes that are due, unless another command is running."""
        for name in self._processes.records.names():
            if name == NAME:
                continue
            watch = self._watched.setdefault(name, _Watch(History()))
            if self._processes.running(name):
                self._note_running(watch)
                continue
            if watch.due is None:
                watch.plan(now)
                self._save()
            if watch.due is not None and now >= watch.due:
                self._start(name, watch, now)

    def _note_running(self, watch: _Watch) -> None:
        """Clear the problem of a process that another command has started."""
        watch.due = None
        if watch.history.problem:
            watch.history.problem = ""
            self._save()

    def _start(self, name: str, watch: _Watch, now: float) -> None:
        with suppress(DevserversError), self._state.lock(timeout=0):
            # Another command may have stopped or started it in the meantime.
            watch.due = None
            if self._processes.records.load(name) is None or self._processes.running(name):
                return
            watch.started = now
            try:
                self._processes.restart(name)
            except (DevserversError, OSError) as error:
                watch.plan(now)
                watch.history.problem = str(error)
            else:
                watch.history.restarts += 1
                watch.history.last = datetime.now(UTC).isoformat()
                watch.history.problem = ""
            self._save()

    def _save(self) -> None:
        write_private(self._state.supervision, {name: asdict(watch.history) for name, watch in self._watched.items()})


def histories(state: State) -> dict[str, History]:
    """Return the restart history of each process."""
    return {name: History(**noted) for name, noted in (read_json(state.supervision) or {}).items()}


def step(state: State, processes: Processes, after: tuple[str, ...]) -> Step:
    """Return the step that starts the supervisor after all other steps."""
    argv = (sys.executable, "-m", "foodlab.supervisor", str(state.folder.resolve()))
    return processes.step(Program(NAME, argv, cwd=PROJECT), after=after)


def main() -> None:
    """Watch until the folder is deleted or the process is stopped."""
    state = State(Path(sys.argv[1]))
    supervisor = Supervisor(state)
    while state.system.exists():
        supervisor.look(time.monotonic())
        time.sleep(_LOOK)


if __name__ == "__main__":
    main()
