"""Starts one program, independent of or tied to this process, with a suitable account."""

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
        """Change the owner of paths to this user."""
        for path in paths:
            os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Return whether this user can traverse this folder and all its parents."""
        for path in (folder, *folder.parents):
            status = path.stat()
            wanted = stat.S_IXUSR if status.st_uid == self.uid else stat.S_IXOTH
            if not status.st_mode & wanted:
                return False
        return True


def unprivileged(preferred: str) -> Account | None:
    """Return the account for a server when this is root; None for an ordinary user."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get(preferred) or known["nobody"]
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


_PR_SET_PDEATHSIG = 1
# Never deleted: Python warns about running children whose objects are deleted, but these outlive it on purpose.
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Program:
    """A program to run: command, folder, account, and stop signal."""

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
        """Return a hash of everything that determines how the program runs."""
        return sha256(repr((self.argv, sorted(self.env.items()))).encode()).hexdigest()[:16]


def spawn(program: Program, log: Path, *, tied: bool) -> int:
    """Start a program in a new session, with its output in a log file, and return its pid.

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
            preexec_fn=_tie(program.death_signal) if tied else None,  # noqa: PLW1509 - it only calls one C function
        )
    _CHILDREN[child.pid] = child
    return child.pid


def exit_code(pid: int) -> int | None:
    """Return the exit code of a child that has ended; None for all others.

    Every ended child is reaped, because another process may have replaced its record: PostgreSQL does not start while a
    zombie of its predecessor exists.
    """
    return {child.pid: child.poll() for child in _CHILDREN.values()}.get(pid)


def _tie(death_signal: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def in_child() -> None:
        prctl(_PR_SET_PDEATHSIG, death_signal)
        # The parent may have ended before the line above took effect.
        if os.getppid() != parent:
            os._exit(1)

    return in_child
