"""One Python in mind: images, the setup of CI and the pages agree, and every version that is promised is tested."""

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


def test_images_and_ci_take_the_same_python() -> None:
    [image] = re.findall(r"PYTHON_IMAGE=python:(3\.\d+)-", (ROOT / "deploy/docker/Dockerfile").read_text())

    assert read(".github/actions/setup/action.yml")["inputs"]["python"]["default"] == image
    assert f"Python {image}" in (ROOT / "docs/03-ci-cd.md").read_text()


def test_every_python_that_is_promised_is_tested() -> None:
    tested = read(".github/workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    projects = [
        ROOT / "pyproject.toml",
        *ROOT.glob("libs/*/pyproject.toml"),
        *ROOT.glob("deploy/*/*/pyproject.toml"),
        *ROOT.glob("services/*/pyproject.toml"),
    ]
    promised = {tomllib.loads(path.read_text())["project"]["requires-python"] for path in projects}

    assert promised == {f">={tested[0]}"}
    assert f"Python {tested[0]} to {tested[-1]}" in (ROOT / "docs/03-ci-cd.md").read_text()
