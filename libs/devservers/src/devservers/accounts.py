"""Accounts for servers that refuse to run as root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """A user that a server runs as instead of root."""

    name: str
    uid: int
    gid: int

    def own(self, *paths: Path) -> None:
        """Give paths to this user."""
        for path in paths:
            os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Tell whether this user may pass through every folder above and including this one."""
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
