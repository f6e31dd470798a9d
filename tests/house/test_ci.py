"""CI runs the suites that plain pytest excludes, in .ci and at GitHub."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# These need a container engine or a cluster, and have jobs of their own.
ELSEWHERE = {"containers", "node"}


def left_out() -> set[str]:
    """Return the markers of the tests that plain pytest does not run."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["addopts"]
    return set(re.findall(r"not (\w+)", options[options.index("-m") + 1]))


@pytest.mark.parametrize("file", [".ci/run", ".github/workflows/ci.yml"])
def test_ci_runs_each_suite_that_plain_pytest_excludes(file: str) -> None:
    text = (ROOT / file).read_text()

    missing = {marker for marker in left_out() - ELSEWHERE if not re.search(rf"\b{marker}\b", text)}

    assert missing == set()


def test_every_marker_has_a_description() -> None:
    described = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["markers"]

    assert left_out() == {line.partition(":")[0] for line in described}
