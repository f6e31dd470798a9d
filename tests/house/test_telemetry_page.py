"""The page on telemetry lists exactly the existing metrics, and the calls in the trace of an order."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from telemetry.edges import EDGES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/telemetry.md"
KINDS = {"Counter", "Gauge", "Histogram"}


def declared() -> Iterator[str]:
    """Yield the Prometheus name of each metric."""
    for path in [*ROOT.glob("libs/foodchassis/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]:
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if "prometheus_client" in text else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args:
                assert isinstance(node.args[0], ast.Constant)
                name = str(node.args[0].value)
                yield name.removesuffix("_total") + "_total" if node.func.id == "Counter" else name


def test_the_page_names_every_metric_and_no_other() -> None:
    metrics = PAGE.read_text().partition("## Logs")[0]
    told = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)(?:\{[a-z_, ]+\})?`", metrics))

    assert told - {"at_zero"} == set(declared())


def test_the_page_names_every_call_of_an_order() -> None:
    rows = re.findall(r"^\| ([a-z-]+) \| ([a-z-]+) \| (`.*`) \|$", PAGE.read_text(), re.MULTILINE)
    listed = [(start, call, end) for start, end, calls in rows for call in re.findall(r"`([\w.]+)`", calls)]

    assert sorted(listed) == sorted(EDGES)
    assert f"These are its {len(EDGES)} calls" in PAGE.read_text()
