"""Copies the files of a Debian with Python that a Python program needs, and adds the user of the services.

Not copied: installers, shells and other programs, headers, manuals and caches.
"""

import os
import shutil
import sys
from fnmatch import fnmatch
from pathlib import Path

USER = "foodapp:x:10001:10001::/tmp:/usr/sbin/nologin\n"
GROUP = "foodapp:x:10001:\n"
# Folders of programs; only Python is copied.
PROGRAMS = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin")
# Files that no running service opens. The list of packages is copied, because scanners read it.
UNUSED = (
    *("/boot", "/dev", "/home", "/media", "/mnt", "/opt", "/proc", "/root", "/run", "/srv", "/sys", "/tmp"),
    *("/usr/games", "/usr/include", "/usr/local/include", "/usr/local/share", "/usr/src"),
    *("/usr/lib/apt", "/usr/lib/dpkg", "/usr/lib/systemd", "/usr/lib/*/gconv", "/usr/lib/*/perl*"),
    *("/usr/lib/python3/dist-packages/pip*", "/usr/local/lib/python3.*/site-packages/pip*"),
    *(f"/usr/*python3.*/{name}" for name in ("ensurepip", "idlelib", "pydoc_data", "tkinter", "turtledemo")),
    *(f"/usr/share/{name}" for name in ("bash-completion", "doc", "info", "locale", "man", "perl*", "python-wheels")),
    *("/var/backups", "/var/cache", "/var/lib/apt", "/var/log"),
)
# An arbitrary time, the same in every build.
MOMENT = 1_577_836_800


def main() -> None:
    """Fill the folder that the command line names, which must be directly below the root."""
    root = Path(sys.argv[1])
    shutil.copytree("/", root, symlinks=True, ignore=lambda folder, names: _ignored(Path(folder), names, root))
    for name, line in (("passwd", USER), ("group", GROUP)):
        with (root / "etc" / name).open("a") as file:
            file.write(line)
    # These describe the build machine; the container engine mounts its own.
    for name in ("hostname", "hosts", "resolv.conf"):
        (root / "etc" / name).write_text("")
    for name in ("dev", "proc", "run", "sys", "tmp"):
        (root / name).mkdir()
    (root / "tmp").chmod(0o1777)
    # A new volume here gets the owner and mode of this folder, so that the user can write to it.
    keys = root / "keys"
    keys.mkdir(mode=0o700)
    os.chown(keys, 10001, 10001)
    for path in (root, *root.rglob("*")):
        os.utime(path, (MOMENT, MOMENT), follow_symlinks=False)


def _ignored(folder: Path, names: list[str], root: Path) -> set[str]:
    return {name for name in names if not _is_copied(folder / name, root)}


def _is_copied(path: Path, root: Path) -> bool:
    if str(path.parent) in PROGRAMS:
        return path.name.startswith("python") and not path.name.endswith("-config")
    return path not in (root, Path(__file__)) and not any(fnmatch(str(path), pattern) for pattern in UNUSED)


if __name__ == "__main__":
    main()
