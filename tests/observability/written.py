"""Reads the files of deploy/observability."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability"
RULES = sorted((FOLDER / "prometheus" / "rules").glob("*.yaml"))
UNIT_TESTS = sorted((FOLDER / "prometheus" / "tests").glob("*.yaml"))
DASHBOARDS = sorted((FOLDER / "grafana" / "dashboards").rglob("*.json"))
RUNBOOKS = ROOT / "docs" / "runbooks"
# `bool` makes a comparison return 0 or 1 instead of nothing, which shows whether both sides have data.
_COMPARISON = re.compile(r" (==|!=|>|<|>=|<=) ")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def rules() -> list[dict[str, Any]]:
    return [rule for path in RULES for group in read(path)["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def unit_tests() -> Iterator[dict[str, Any]]:
    """Yield the expectations about each alert in the unit tests."""
    for path in UNIT_TESTS:
        for scene in read(path)["tests"]:
            yield from scene["alert_rule_test"]


def panels() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            if panel["type"] != "row":
                yield path, panel


def queries() -> Iterator[tuple[str, str]]:
    """Yield the location of each query, and the query with Grafana's variables replaced."""
    for path, panel in panels():
        for target in panel["targets"]:
            expression = target["expr"].replace("$__rate_interval", "5m").replace("$__range", "1h")
            yield f"{path.stem}: {panel['title']}", expression
    for rule in rules():
        yield rule.get("alert") or rule["record"], _COMPARISON.sub(r" \1 bool ", rule["expr"])
