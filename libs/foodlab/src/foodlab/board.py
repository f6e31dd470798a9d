"""The live display of parts that are starting, one line each."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text
from typing_extensions import override

from devservers.steps import Board


class _Phase(Enum):
    WAITING = "·"
    WORKING = "…"
    DONE = "✓"
    FAILED = "✗"


_STYLES = {_Phase.WAITING: "dim", _Phase.WORKING: "cyan", _Phase.DONE: "green", _Phase.FAILED: "bold red"}


@dataclass
class _Line:
    phase: _Phase = _Phase.WAITING
    note: str = ""
    began: float = 0.0
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.began if self.began else 0.0

    def move(self, phase: _Phase, note: str | None = None) -> None:
        self.began = self.began or time.monotonic()
        self.ended = time.monotonic() if phase in (_Phase.DONE, _Phase.FAILED) else 0.0
        self.phase = phase
        self.note = self.note if note is None else note


class LiveBoard:
    """A board that redraws itself in a terminal."""

    def __init__(self, names: Sequence[str]) -> None:
        """Show these parts, in this order."""
        self._lines = {name: _Line() for name in names}
        self._spinner = Spinner("dots")
        self._width = max(map(len, names), default=0)

    def working(self, name: str, note: str) -> None:
        """Show that a part is starting."""
        self._lines[name].move(_Phase.WORKING, note)

    def done(self, name: str) -> None:
        """Show that a part is ready."""
        self._lines[name].move(_Phase.DONE)

    def failed(self, name: str) -> None:
        """Show that a part has failed."""
        self._lines[name].move(_Phase.FAILED)

    def __rich__(self) -> Group:
        """Draw every part."""
        return Group(*(self._draw(name, line) for name, line in self._lines.items()))

    def _draw(self, name: str, line: _Line) -> Text:
        spinning = self._spinner.render(time.monotonic())
        mark = str(spinning) if line.phase is _Phase.WORKING else line.phase.value
        time_taken = f"{line.seconds:5.1f} s" if line.began else " " * 7
        style = _STYLES[line.phase]
        return Text.assemble(
            (f" {mark} ", style), (name.ljust(self._width), style), f"  {time_taken}  ", (line.note, "dim")
        )


class PlainBoard(LiveBoard):
    """A board for logs and pipes: one line for each part when it is ready or has failed."""

    def __init__(self, console: Console, names: Sequence[str]) -> None:
        """Print to this console."""
        super().__init__(names)
        self._console = console

    @override
    def done(self, name: str) -> None:
        super().done(name)
        self._print(name, "ready")

    @override
    def failed(self, name: str) -> None:
        super().failed(name)
        self._print(name, "failed")

    def _print(self, name: str, word: str) -> None:
        line = self._lines[name]
        note = f" ({line.note})" if line.note else ""
        self._console.print(f"{name}: {word} after {line.seconds:.1f} s{note}", highlight=False, soft_wrap=True)


@contextmanager
def shown(console: Console, names: Sequence[str]) -> Iterator[Board]:
    """Show parts while they become ready: redrawn in a terminal, line by line elsewhere."""
    if not console.is_terminal:
        yield PlainBoard(console, names)
        return
    board = LiveBoard(names)
    with Live(board, console=console, refresh_per_second=10):
        yield board
