"""Runs steps with dependencies, each until its condition holds."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from devservers.errors import DevserversError, StartError

Say = Callable[[str], None]
_POLL = 0.05


@dataclass(frozen=True)
class Step:
    """One part to start.

    `launch` begins it and may report progress; `missing` returns what it waits for, None when it is ready, and raises
    when it has failed.
    """

    name: str
    launch: Callable[[Say], None]
    missing: Callable[[], str | None]
    after: tuple[str, ...] = ()
    seconds: float = 90.0


class Board(Protocol):
    """Shows the progress of the steps."""

    def working(self, name: str, note: str) -> None:
        """Show that a step is in progress."""

    def done(self, name: str) -> None:
        """Show that a step is ready."""

    def failed(self, name: str) -> None:
        """Show that a step has failed."""


class Silence:
    """A board that shows nothing."""

    def working(self, name: str, note: str) -> None:
        """Show nothing."""

    def done(self, name: str) -> None:
        """Show nothing."""

    def failed(self, name: str) -> None:
        """Show nothing."""


def run(steps: Sequence[Step], board: Board, check: Callable[[], None] = lambda: None) -> None:
    """Run every step once its dependencies are ready; `check` is called regularly and may raise."""
    ready: set[str] = set()
    deadlines: dict[str, float] = {}
    while len(ready) < len(steps):
        check()
        for step in steps:
            if step.name in ready or not ready.issuperset(step.after):
                continue
            try:
                if step.name not in deadlines:
                    board.working(step.name, "")
                    step.launch(partial(board.working, step.name))
                    deadlines[step.name] = time.monotonic() + step.seconds
                missing = step.missing()
                if missing is not None and time.monotonic() > deadlines[step.name]:
                    raise StartError(f"{step.name} is not ready after {step.seconds:.0f} s: {missing}")
            except DevserversError:
                board.failed(step.name)
                raise
            if missing is None:
                board.done(step.name)
                ready.add(step.name)
        time.sleep(_POLL)
