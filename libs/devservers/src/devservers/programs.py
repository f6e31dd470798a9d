"""Find the server programs on this machine, on the PATH or where distributions put them."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import which

OLDEST_POSTGRES = 15
_POSTGRES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_REDIS = ("/usr/bin", "/opt/homebrew/bin", "/usr/local/bin")
# The scripts in /usr/sbin are wrappers that insist on the distribution's own user and folders.
_RABBITMQ = (
    "/usr/lib/rabbitmq/bin",
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
)
_EPMD = ("/usr/bin", "/usr/lib/erlang/bin", "/usr/lib64/erlang/bin", "/opt/homebrew/bin", "/usr/local/bin")


@dataclass(frozen=True)
class Programs:
    """Where the programs are; None where one is missing."""

    postgres_bin: Path | None
    redis: Path | None
    rabbitmq: Path | None
    epmd: Path | None

    @property
    def missing(self) -> list[str]:
        """List the servers that cannot be started."""
        found = {"postgres": self.postgres_bin, "redis": self.redis, "rabbitmq": self.rabbitmq and self.epmd}
        return [name for name, path in found.items() if path is None]


def find_programs() -> Programs:
    """Look for everything the three servers need."""
    return Programs(
        postgres_bin=_postgres_bin(),
        redis=_on_path("redis-server", "valkey-server") or _in_folders(_REDIS, "redis-server", "valkey-server"),
        rabbitmq=_in_folders(_RABBITMQ, "rabbitmq-server") or _on_path("rabbitmq-server"),
        epmd=_on_path("epmd") or _in_folders(_EPMD, "epmd"),
    )


def _postgres_bin() -> Path | None:
    """Find a folder with a PostgreSQL server that is new enough."""
    on_path = _on_path("postgres")
    folders = [on_path.parent] if on_path else []
    folders += sorted((path for pattern in _POSTGRES for path in _matching(pattern)), key=_number, reverse=True)
    for folder in folders:
        if all((folder / program).exists() for program in ("postgres", "initdb")):
            told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
            if (version := re.search(r"\d+", told.stdout)) and int(version[0]) >= OLDEST_POSTGRES:
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
