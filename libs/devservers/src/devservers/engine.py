"""The container engine of this machine, if one answers."""

import subprocess
import sys
from pathlib import Path
from shutil import which

_SECONDS = 10


def engine_answers() -> bool:
    """Tell whether a container engine's daemon answers."""
    return any(_succeeds(engine, "version", "--format", "{{.Server.Version}}") for engine in ("docker", "podman"))


def compose_command() -> tuple[str, ...] | None:
    """Find a Compose that works: a plugin, a program, or the one in our own environment."""
    beside_python = str(Path(sys.executable).parent / "docker-compose")
    for command in (("docker", "compose"), ("docker-compose",), (beside_python,), ("podman", "compose")):
        if _succeeds(*command, "version"):
            return command
    return None


def _succeeds(*command: str) -> bool:
    if which(command[0]) is None:
        return False
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False
