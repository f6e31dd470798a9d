"""Records of started processes: the pid and the start time, so that a reused pid is detected."""

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from devservers.state import read_json, write_private

MARK = "FOODAPP_PROCESS"
_STAT_START_TIME = 19  # field 22 of /proc/<pid>/stat, counted after the command's closing bracket


def identity(pid: int) -> str | None:
    """Return what distinguishes a process from others with the same pid; None when it has ended.

    On Linux this is the boot id and the start tick, which changes of the clock do not affect.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists():
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
            return f"{boot}:{stat.read_text().rpartition(')')[2].split()[_STAT_START_TIME]}"
        return f"{process.create_time():.2f}"
    except (psutil.Error, FileNotFoundError, ProcessLookupError):
        return None


@dataclass(frozen=True)
class Record:
    """One started process."""

    name: str
    pid: int
    identity: str
    fingerprint: str
    port: int | None
    stop_signal: int
    program: dict[str, Any] = field(default_factory=dict)
    mark: str = ""
    """A random text in the environment of the process and its children."""

    @property
    def alive(self) -> bool:
        """Return whether this process still runs."""
        return identity(self.pid) == self.identity

    @property
    def survivors(self) -> list[int]:
        """Return the processes of its session that outlived it, such as the worker of a killed reloader."""
        if not self.mark or identity(self.pid) is not None:
            return []
        return [pid for pid in members(self.pid) if _marked(pid, self.mark)]


def members(session: int) -> list[int]:
    """Return the processes of a session, whose number is the pid of its first process."""
    return [pid for pid in psutil.pids() if _session(pid) == session]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _marked(pid: int, mark: str) -> bool:
    """Return whether a process inherited this mark, because session numbers are reused."""
    try:
        return identity(pid) is not None and psutil.Process(pid).environ().get(MARK) == mark
    except psutil.Error:
        return False


class Records:
    """The records of one folder, a file for each name."""

    def __init__(self, folder: Path) -> None:
        """Store the records in this folder."""
        self._folder = folder

    def save(self, record: Record) -> None:
        """Store a record."""
        write_private(self._folder / f"{record.name}.json", asdict(record))

    def load(self, name: str) -> Record | None:
        """Return the record of this name; a broken one counts as none."""
        stored = read_json(self._folder / f"{name}.json")
        try:
            return Record(**stored) if stored is not None else None
        except TypeError:
            return None

    def names(self) -> list[str]:
        """Return every recorded name."""
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def forget(self, name: str) -> None:
        """Drop a record."""
        (self._folder / f"{name}.json").unlink(missing_ok=True)
