"""Install missing servers on Debian and Ubuntu, without letting the packages start theirs."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from devservers.errors import StartError
from devservers.settings import inherited_environment
from devservers.steps import Say

POLICY = Path("/usr/sbin/policy-rc.d")
_NEVER_START = "#!/bin/sh\nexit 101\n"
_ALIKE = {"rabbitmq": "rabbitmq-server", "nginx": "nginx", "prometheus": "prometheus"}
_APT = {**_ALIKE, "postgres": "postgresql", "redis": "redis-server"}
_DNF = {**_ALIKE, "postgres": "postgresql-server", "redis": "valkey"}
_BREW = {**_ALIKE, "postgres": "postgresql@17", "redis": "redis", "rabbitmq": "rabbitmq"}


def may_install() -> bool:
    """Tell whether we are root on a machine with apt."""
    return os.geteuid() == 0 and which("apt-get") is not None


def advice(missing: list[str]) -> str:
    """Say in one line what is missing and how to get it."""
    return (
        f"not found on this machine: {', '.join(missing)} (PostgreSQL 15+, Redis 7+, RabbitMQ 3.10+); install with "
        f"{commands(missing)}, or start a container engine"
    )


def commands(missing: list[str]) -> str:
    """Write the commands that install what is missing."""
    apt, dnf, brew = (" ".join(names[server] for server in missing) for names in (_APT, _DNF, _BREW))
    return f"`sudo apt-get install {apt}`, `sudo dnf install {dnf}` or `brew install {brew}`"


def install(missing: list[str], say: Say) -> None:
    """Install what is missing with apt."""
    packages = [_APT[server] for server in missing]
    say(f"installing {', '.join(packages)} with apt")
    before = _enabled(packages)
    with no_service_starts():
        if not _apt("install", *packages):
            _apt("update")
            if not _apt("install", *packages):
                message = f"apt could not install {' '.join(packages)}; install with {commands(missing)}"
                raise StartError(message)
    # On a machine with systemd the packages would start theirs at the next boot.
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
    """Deny service starts while packages are set up, and put back what was there."""
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
