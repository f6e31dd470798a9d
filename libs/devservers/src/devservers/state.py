"""The state folder, which stores the running system for later commands."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from devservers.errors import DevserversError

_LOCK_SECONDS = 2.0
_POLL = 0.02


class State:
    """The folder that holds records, logs, credentials and the data of native servers."""

    def __init__(self, folder: Path) -> None:
        """Set the paths inside the folder."""
        self.folder = folder
        self.run = folder / "run"
        self.logs = folder / "logs"
        self.credentials = folder / "credentials.json"
        self.system = folder / "system.json"
        self.supervision = folder / "supervision.json"

    def prepare(self) -> None:
        """Create the folder; it is not private, because servers with other accounts must traverse it."""
        for path in (self.folder, self.run, self.logs):
            path.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self.run.chmod(0o700)
        self.logs.chmod(0o700)

    @contextmanager
    def lock(self, timeout: float = _LOCK_SECONDS) -> Iterator[None]:
        """Lock the system for one command at a time; the supervisor holds the lock only briefly."""
        deadline = time.monotonic() + timeout
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a+") as file:
            while not _locked(file):
                if time.monotonic() >= deadline:
                    file.seek(0)
                    pid = file.read().strip() or "unknown"
                    raise DevserversError(f"another foodctl is running here (pid {pid}); try again afterwards")
                time.sleep(_POLL)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_private(path: Path, content: object) -> None:
    """Write JSON that only its owner may read, atomically."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return a JSON object, or None; a malformed file counts as absent."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return content if isinstance(content, dict) else None
