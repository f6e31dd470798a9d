"""`foodctl tag`: creates the tag of a release, which starts continuous delivery when it is pushed."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from devservers.errors import UsageError
from foodctl.errors import FoodctlError
from foodctl.settings import PROJECT

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_CHECK = ("uv", "run", "just", "lint")
_RECORDED = Path("tests/upgrades/recorded")


def tag(version: Annotated[str, typer.Argument(help="The release, such as v=1.0.0, v1.0.0 or 1.0.0.")]) -> None:
    """Tag a release on a clean main; the version is written in pyproject.toml. Pushing the tag delivers it."""
    name = release(PROJECT, version, _CHECK)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"{name} is made here. This delivers it to production:\n  git push origin main {name}")


def release(project: Path, wanted: str, check: tuple[str, ...]) -> str:
    """Check that this repository can be released, create the tag, and return its name."""
    version = wanted.removeprefix("v").removeprefix("=")
    if not _VERSION.fullmatch(version):
        raise UsageError(f"{wanted}: give a version of three numbers, such as v=1.0.0")
    if _git(project, "branch", "--show-current") != "main":
        raise FoodctlError("releases are made from main: git switch main")
    if _git(project, "status", "--porcelain"):
        raise FoodctlError("there are uncommitted changes: commit or drop them first")
    _later_than_any(version, _git(project, "tag", "--list", "v*").split())
    if not (project / _RECORDED / f"v{version}").is_dir():
        record = f"PYTHONPATH=tests uv run python -m upgrades.record v{version}"
        raise FoodctlError(f"{_RECORDED} has no statements of v{version}: {record}, and commit them")
    if subprocess.run(check, cwd=project, check=False).returncode:
        raise FoodctlError(f"{' '.join(check)} has findings; fix them before a release")
    if tomllib.loads((project / "pyproject.toml").read_text())["project"]["version"] != version:
        _run(project, "uv", "version", "--no-sync", version)
        _git(project, "commit", "--quiet", "--message", f"Release {version}", "--", "pyproject.toml", "uv.lock")
    _git(project, "tag", "--annotate", f"v{version}", "--message", f"Release {version}")
    return f"v{version}"


def _later_than_any(version: str, tags: list[str]) -> None:
    known = [parts for name in tags if (parts := _numbers(name.removeprefix("v")))]
    numbers = _numbers(version)
    if numbers in known:
        raise FoodctlError(f"v{version} exists already; a release cannot be repeated")
    if known and numbers < max(known):
        raise FoodctlError(f"v{version} is older than v{'.'.join(map(str, max(known)))}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split("."))) if _VERSION.fullmatch(version) else ()


def _git(project: Path, *arguments: str) -> str:
    return _run(project, "git", *arguments)


def _run(project: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FoodctlError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()
