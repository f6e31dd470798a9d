"""Show the logs of services and servers."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from rich.console import Console

from devservers.infra import Infra
from devservers.processes import Processes
from devservers.state import State
from foodctl.catalog import SERVICES, service_named
from foodctl.errors import FoodctlError
from foodctl.system import System
from foodlab.choice import reopen
from foodlab.stack import Stack

_POLL = 0.2


def show(state: State, console: Console, name: str | None, *, lines: int, follow: bool) -> None:
    """Print the last lines of one log or of all services' logs, and follow them if wanted."""
    system = System.find(state)
    if system is not None and system.infra is Infra.CONTAINERS:
        stack = reopen(system.infra, state, Processes(state.run, state.logs), system.ports)
        assert isinstance(stack, Stack)
        stack.logs(name, lines=lines, follow=follow)
        return
    paths = _paths(state, name)
    width = max(len(path.stem) for path in paths)
    files = [(path.stem.ljust(width), path.open(errors="replace")) for path in paths]
    try:
        for label, file in files:
            for line in file.read().splitlines()[-lines:] if lines else _skip(file):
                _print(console, label, line)
        while follow:
            for label, file in files:
                for line in file:
                    _print(console, label, line.rstrip("\n"))
            time.sleep(_POLL)
    except KeyboardInterrupt:
        return
    finally:
        for _, file in files:
            file.close()


def _paths(state: State, name: str | None) -> list[Path]:
    names = [name] if name else [service.name for service in SERVICES]
    if name and not (state.logs / f"{name}.log").exists():
        names = [service_named(name).name]
    paths = [path for one in names if (path := state.logs / f"{one}.log").exists()]
    if not paths:
        raise FoodctlError(f"there are no logs of {name or 'the services'} yet; `just up` starts everything")
    return paths


def _skip(file: TextIO) -> Iterator[str]:
    file.read()
    return iter(())


def _print(console: Console, label: str, line: str) -> None:
    console.print(f"{label} | {line}", markup=False, highlight=False, soft_wrap=True)
