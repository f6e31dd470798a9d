"""Helpers for tests of processes."""

import os
import signal
import time
from collections.abc import Callable

from devservers.processes import Processes

_LOOK = 0.02


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    """Wait until a condition is true; fail when it never is."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(_LOOK)


def killed(processes: Processes, name: str) -> int:
    """Kill a process, wait until it is gone, and return its pid."""
    record = processes.running(name)
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    until(lambda: not record.alive)
    return record.pid
