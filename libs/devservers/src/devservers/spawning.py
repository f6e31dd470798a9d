"""Start one program, on its own or tied to the life of this process, as the account that may run it."""

import ctypes
import os
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from devservers.settings import inherited_environment


@dataclass(frozen=True)
class Account:
    """A user that a server runs as instead of root."""

    name: str
    uid: int
    gid: int

    def own(self, *paths: Path) -> None:
        """Make this user the owner of paths."""
        for path in paths:
            os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Return whether this user may pass through every folder above and including this one."""
        for path in (folder, *folder.parents):
            status = path.stat()
            wanted = stat.S_IXUSR if status.st_uid == self.uid else stat.S_IXOTH
            if not status.st_mode & wanted:
                return False
        return True


def unprivileged(preferred: str) -> Account | None:
    """Choose the account for a server when we are root; None when we are an ordinary user anyway."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get(preferred) or known["nobody"]
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


_PR_SET_PDEATHSIG = 1
# Kept to the end: Python objects to a running child that it is made to forget, and ours outlive it on purpose.
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Program:
    """A program to run: what, where, as whom, and how it is asked to stop."""

    name: str
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    inherits: bool = True
    port: int | None = None
    more_ports: tuple[int | None, ...] = ()
    account: Account | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL

    @property
    def fingerprint(self) -> str:
        """Return a hash that differs between two ways of running the same program."""
        return sha256(repr((self.argv, sorted(self.env.items()))).encode()).hexdigest()[:16]


def spawn(program: Program, log: Path, *, tied: bool) -> int:
    """Start a program in a session of its own, writing to a log file, and return its pid.

    A tied program receives its death signal when the thread that called this ends, even by kill -9.
    """
    environment = dict(program.env)
    if program.inherits:
        environment = inherited_environment() | environment
    account = program.account
    with log.open("ab") as output:
        child = subprocess.Popen(
            program.argv,
            cwd=program.cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_tie(program.death_signal) if tied else None,  # noqa: PLW1509 - it calls one C function and no more
        )
    _CHILDREN[child.pid] = child
    return child.pid


def exit_code(pid: int) -> int | None:
    """Return the exit code of a child that has ended, so that it is no zombie; None for all others."""
    child = _CHILDREN.get(pid)
    return child.poll() if child else None


def _tie(death_signal: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def in_child() -> None:
        prctl(_PR_SET_PDEATHSIG, death_signal)
        # The parent may have died before the line above took effect.
        if os.getppid() != parent:
            os._exit(1)

    return in_child
