"""What is written from the objectives, and where to."""

from pathlib import Path

from foodctl.settings import PROJECT
from observability_generators.slo.page import page
from observability_generators.slo.rules import rules
from observability_generators.slo.scenarios import unit_tests

_FOLDER = PROJECT / "deploy" / "observability" / "prometheus"


def objectives() -> dict[Path, str]:
    """Give rules, their unit tests and the page, by file."""
    return {
        _FOLDER / "rules" / "objectives.yaml": rules(),
        _FOLDER / "tests" / "objectives.yaml": unit_tests(),
        PROJECT / "docs" / "slo.md": page(),
    }
