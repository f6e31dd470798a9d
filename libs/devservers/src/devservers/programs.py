"""Finds the server programs on this machine, or installs them without starting the packages' services."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import which
from typing import TypeVar

from devservers.errors import StartError
from devservers.settings import inherited_environment
from devservers.steps import Say

T = TypeVar("T")
POLICY = Path("/usr/sbin/policy-rc.d")
_NEVER_START = "#!/bin/sh\nexit 101\n"
_ALIKE = {"rabbitmq": "rabbitmq-server", "nginx": "nginx", "prometheus": "prometheus"}
_APT = {**_ALIKE, "postgres": "postgresql", "redis": "redis-server"}
_DNF = {**_ALIKE, "postgres": "postgresql-server", "redis": "valkey"}
_BREW = {**_ALIKE, "postgres": "postgresql@17", "redis": "redis", "rabbitmq": "rabbitmq"}


def may_install() -> bool:
    """Return whether this is root on a machine with apt."""
    return os.geteuid() == 0 and which("apt-get") is not None


def advice(missing: list[str]) -> str:
    """Return one line with the missing programs and how to install them."""
    return (
        f"not found on this machine: {', '.join(missing)} (PostgreSQL 15+, Redis 7+, RabbitMQ 3.10+); install with "
        f"{commands(missing)}, or start a container engine"
    )


def commands(missing: list[str]) -> str:
    """Return the commands that install the missing programs."""
    apt, dnf, brew = (" ".join(names[server] for server in missing) for names in (_APT, _DNF, _BREW))
    return f"`sudo apt-get install {apt}`, `sudo dnf install {dnf}` or `brew install {brew}`"


def required(name: str, find: Callable[[], T | None], say: Say) -> T:
    """Return the result of `find`, after installing the program if permitted. Raises StartError when it is missing."""
    if (found := find()) is None and may_install():
        install([name], say)
        found = find()
    if found is None:
        raise StartError(f"{name} is not on this machine; install it with {commands([name])}")
    return found


def install(missing: list[str], say: Say) -> None:
    """Install the missing programs with apt."""
    packages = [_APT[server] for server in missing]
    say(f"installing {', '.join(packages)} with apt")
    before = _enabled(packages)
    with no_service_starts():
        if not _apt("install", *packages):
            _apt("update")
            if not _apt("install", *packages):
                raise StartError(f"apt could not install {' '.join(packages)}; install with {commands(missing)}")
    # With systemd the packages' services would start at the next boot.
    for unit in set(_enabled(packages)) - set(before):
        _systemctl("disable", unit)


def _apt(*arguments: str) -> bool:
    environment = inherited_environment() | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "--quiet", "--yes", "--no-install-recommends", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


def _enabled(units: list[str]) -> list[str]:
    return [unit for unit in units if _systemctl("is-enabled", unit)]


def _systemctl(*arguments: str) -> bool:
    program = which("systemctl")
    if program is None or not Path("/run/systemd/system").exists():
        return False
    return subprocess.run([program, *arguments], capture_output=True, check=False).returncode == 0


@contextmanager
def no_service_starts() -> Iterator[None]:
    """Prevent the start of services during the installation of packages."""
    before = (POLICY.read_bytes(), POLICY.stat().st_mode) if POLICY.exists() else None
    POLICY.write_text(_NEVER_START)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            POLICY.unlink()
        else:
            POLICY.write_bytes(before[0])
            POLICY.chmod(before[1])


OLDEST_POSTGRES = 15
_POSTGRES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_REDIS = ("/usr/bin", "/opt/homebrew/bin", "/usr/local/bin")
# The scripts in /usr/sbin are wrappers that require the distribution's user and folders.
_RABBITMQ = (
    "/usr/lib/rabbitmq/bin",
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
)
_EPMD = ("/usr/bin", "/usr/lib/erlang/bin", "/usr/lib64/erlang/bin", "/opt/homebrew/bin", "/usr/local/bin")


@dataclass(frozen=True)
class Programs:
    """The paths of the programs; None for missing ones."""

    postgres_bin: Path | None
    redis: Path | None
    rabbitmq: Path | None
    epmd: Path | None

    @property
    def missing(self) -> list[str]:
        """Return the servers that cannot be started."""
        found = {"postgres": self.postgres_bin, "redis": self.redis, "rabbitmq": self.rabbitmq and self.epmd}
        return [name for name, path in found.items() if path is None]


def find_programs() -> Programs:
    """Find all programs of the three servers."""
    return Programs(
        postgres_bin=_postgres_bin(),
        redis=_on_path("redis-server", "valkey-server") or _in_folders(_REDIS, "redis-server", "valkey-server"),
        rabbitmq=_in_folders(_RABBITMQ, "rabbitmq-server") or _on_path("rabbitmq-server"),
        epmd=_on_path("epmd") or _in_folders(_EPMD, "epmd"),
    )


def _postgres_bin() -> Path | None:
    """Return a folder with a sufficiently new PostgreSQL server."""
    on_path = _on_path("postgres")
    folders = [on_path.parent] if on_path else []
    folders += sorted((path for pattern in _POSTGRES for path in _matching(pattern)), key=_number, reverse=True)
    for folder in folders:
        if all((folder / program).exists() for program in ("postgres", "initdb")):
            shown = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
            if (version := re.search(r"\d+", shown.stdout)) and int(version[0]) >= OLDEST_POSTGRES:
                return folder
    return None


def _matching(pattern: str) -> Iterator[Path]:
    return Path("/").glob(pattern.lstrip("/"))


def _number(folder: Path) -> int:
    digits = re.findall(r"\d+", str(folder))
    return int(digits[-1]) if digits else 0


def _on_path(*names: str) -> Path | None:
    found = next((path for name in names if (path := which(name))), None)
    return Path(found) if found else None


def _in_folders(patterns: tuple[str, ...], *names: str) -> Path | None:
    for pattern in patterns:
        for folder in sorted(_matching(pattern), reverse=True):
            for name in names:
                if (program := folder / name).exists():
                    return program
    return None


@cache
def fetched(package: str, program: str | None = None) -> str:
    """Return the path of a rarely needed program, or of its package, which uv downloads on first use."""
    module = package.partition("==")[0].replace("-", "_")
    look = (
        f"import shutil; print(shutil.which({program!r}) or '')"
        if program
        else f"import {module}; print({module}.__path__[0])"
    )
    argv = ["uv", "run", "--quiet", "--no-project", f"--with={package}", "python", "-c", look]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if not (path := done.stdout.strip()):
        raise StartError(f"uv cannot fetch {package}: {done.stderr.strip()}")
    return path
