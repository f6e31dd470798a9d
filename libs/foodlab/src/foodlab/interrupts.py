"""Signals such as Ctrl-C: recorded immediately, handled only at safe points."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from devservers.errors import StoppedError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Records a request to stop."""

    def __init__(self) -> None:
        """Begin without a request."""
        self._signal: int | None = None
        self._at_once = False

    def check(self) -> None:
        """Raise when a stop was requested."""
        if self._signal is not None:
            raise StoppedError(f"stopped by {signal.Signals(self._signal).name}")

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Make signals raise immediately within this block."""
        self.check()
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Record a signal."""
        self._signal = number
        if self._at_once:
            # Only the first one: a second Ctrl-C must not interrupt the clean-up.
            self._at_once = False
            self.check()


@contextmanager
def held_back() -> Iterator[Interrupts]:
    """Defer signals within this block, so that every started process is recorded."""
    interrupts = Interrupts()
    before = {number: signal.signal(number, interrupts.note) for number in _SIGNALS}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
