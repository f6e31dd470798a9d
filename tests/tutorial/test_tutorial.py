"""The tutorial works as written: runs its commands and changes in a copy of the repository."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(sh|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LIST_FILES = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]

pytestmark = [pytest.mark.tutorial, pytest.mark.timeout(600)]


@pytest.fixture
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "FOODAPP_STATE"}}


@pytest.fixture
def copy(tmp_path: Path, environment: dict[str, str]) -> Iterator[Path]:
    listed = subprocess.run(LIST_FILES, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    folder = tmp_path / "foodapp"
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((PROJECT / name).read_bytes())
    yield folder
    # Also after a time-out: otherwise the system would keep running.
    subprocess.run(["uv", "run", "foodctl", "clean"], cwd=folder, env=environment, capture_output=True, check=False)


def script() -> str:
    """Return the page as a script: run each command, apply each change; a line that ends with `# fails` must fail."""
    blocks = BLOCK.findall((PROJECT / "docs/tutorial.md").read_text())
    apply = "git apply --verbose - <<'END_OF_DIFF'\n{}END_OF_DIFF\n"
    done = "".join(text if kind == "sh" else apply.format(text) for kind, text in blocks)
    return re.sub(r"^(.*)  # fails$", r"if \1; then exit 1; fi", done, flags=re.MULTILINE)


def test_the_tutorial_works_as_written(copy: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script()],
        cwd=copy,
        env=environment | {"GIT_CEILING_DIRECTORIES": str(copy.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert '"stars":5' in done.stdout
