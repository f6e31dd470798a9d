"""The supported versions of Python are the same everywhere."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/03-ci-cd.md").read_text()
MATRIX = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["test"]["strategy"]["matrix"]["python"]
OLDEST, NEWEST = MATRIX[0], MATRIX[-1]


def test_development_and_every_package_support_the_oldest_version() -> None:
    packages = [*ROOT.glob("pyproject.toml"), *ROOT.glob("*/*/pyproject.toml"), *ROOT.glob("deploy/*/*/pyproject.toml")]
    required = {tomllib.loads(path.read_text())["project"]["requires-python"] for path in packages}
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]

    assert required == {f">={OLDEST}"}
    assert (ROOT / ".python-version").read_text().strip() == OLDEST
    assert tools["mypy"]["python_version"] == OLDEST
    assert tools["ruff"]["target-version"] == f"py{OLDEST.replace('.', '')}"
    assert f"| supported | {OLDEST} to {NEWEST} |" in PAGE


def test_images_have_a_version_that_is_tested_and_documented() -> None:
    [version] = re.findall(r"PYTHON_IMAGE=python:(3\.\d+)-", (ROOT / "deploy/docker/Dockerfile").read_text())

    assert version in MATRIX
    assert re.search(rf"^\| \[images\]\(.*\) \| {version} \|", PAGE, re.MULTILINE)


def test_the_deployed_servers_are_documented() -> None:
    servers = yaml.safe_load((ROOT / "libs/devservers/src/devservers/servers.yaml").read_text())["services"]
    deployed = {re.split("[:-]", server["image"])[1] for server in servers.values()}

    assert set(re.findall(r"^\| \w+ \| [\d.]+ \| ([\d.]+) \|", PAGE, re.MULTILINE)) == deployed


def test_ci_uses_the_version_of_the_repository_by_default() -> None:
    action = yaml.safe_load((ROOT / ".github/actions/setup/action.yml").read_text())

    assert action["inputs"]["python"]["default"] == ""
