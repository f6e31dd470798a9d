import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from devservers.errors import UsageError
from foodctl.errors import FoodctlError
from foodlab.releasing import release

GOOD, BAD = ("true",), ("false",)
IDENTITY = {"user.name": "Ada", "user.email": "ada@example.com", "commit.gpgsign": "false", "tag.gpgsign": "false"}
PROJECT = '[project]\nname = "thing"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n\n[tool.uv]\npackage = false\n'


def git(project: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=project, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="session")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with one commit on main."""
    folder = tmp_path_factory.mktemp("beginning")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for name, value in IDENTITY.items():
        git(folder, "config", name, value)
    (folder / "pyproject.toml").write_text(PROJECT)
    subprocess.run(["uv", "lock", "--quiet", "--offline"], cwd=folder, check=True)
    for version in ("0.1.0", "1.0.0", "1.10.0", "1.11.0"):
        recorded = folder / f"tests/upgrades/recorded/v{version}/order-service.json"
        recorded.parent.mkdir(parents=True)
        recorded.write_text("{}")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Begin")
    return folder


@pytest.fixture
def project(beginning: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    return shutil.copytree(beginning, tmp_path / "project")


def version(project: Path) -> str:
    written: str = tomllib.loads((project / "pyproject.toml").read_text())["project"]["version"]
    return written


@pytest.mark.parametrize("wanted", ["v=1.0.0", "v1.0.0", "1.0.0"])
def test_a_release_is_one_commit_and_an_annotated_tag(project: Path, wanted: str) -> None:
    assert release(project, wanted, GOOD) == "v1.0.0"

    assert version(project) == "1.0.0"
    assert git(project, "cat-file", "-t", "v1.0.0") == "tag"
    assert git(project, "log", "--format=%s") == "Release 1.0.0\nBegin"
    assert git(project, "status", "--porcelain") == ""
    assert 'version = "1.0.0"' in git(project, "show", "v1.0.0:uv.lock")


def test_a_release_of_the_current_version_needs_no_commit(project: Path) -> None:
    release(project, "0.1.0", GOOD)

    assert git(project, "rev-parse", "v0.1.0^{commit}") == git(project, "rev-parse", "HEAD")
    assert git(project, "log", "--format=%s") == "Begin"


@pytest.mark.parametrize("wanted", ["v=1.0", "v=01.0.0", "latest", "v=1.0.0-rc.1", "--force", "v=1.0.0; true"])
def test_an_invalid_version_is_refused(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(UsageError, match="three numbers"):
        release(tmp_path, wanted, GOOD)


def test_only_a_clean_main_is_released(project: Path) -> None:
    (project / "stray.txt").write_text("not committed")
    with pytest.raises(FoodctlError, match="uncommitted changes"):
        release(project, "1.0.0", GOOD)

    (project / "stray.txt").unlink()
    git(project, "switch", "--quiet", "--create", "feature")
    with pytest.raises(FoodctlError, match="from main"):
        release(project, "1.0.0", GOOD)

    assert (git(project, "tag"), version(project)) == ("", "0.1.0")


def test_a_release_needs_a_newer_version(project: Path) -> None:
    release(project, "1.10.0", GOOD)

    with pytest.raises(FoodctlError, match="exists already"):
        release(project, "1.10.0", GOOD)
    with pytest.raises(FoodctlError, match=r"older than v1\.10\.0"):
        release(project, "1.9.9", GOOD)

    assert release(project, "1.11.0", GOOD) == "v1.11.0"


def test_a_release_needs_passing_linters(project: Path) -> None:
    with pytest.raises(FoodctlError, match="false has findings"):
        release(project, "1.0.0", BAD)

    assert (git(project, "tag"), version(project)) == ("", "0.1.0")


def test_a_release_needs_its_recorded_statements(project: Path) -> None:
    with pytest.raises(FoodctlError, match=r"no statements of v2\.0\.0: .*upgrades\.record v2\.0\.0"):
        release(project, "2.0.0", GOOD)

    assert (git(project, "tag"), version(project)) == ("", "0.1.0")
