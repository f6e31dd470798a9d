"""Deprecated parts of the document are in the changelog with their removal date."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from foodlab.contract import joined

CHANGELOG = Path(__file__).parents[2] / "docs/CHANGELOG.md"
LINE = re.compile(r"^- `(\w+)` .*until (\d{4}-\d{2}-\d{2}): ", re.MULTILINE)
NOTICE = timedelta(days=365)


@pytest.fixture(scope="module")
def deprecated() -> list[tuple[str, dict[str, Any]]]:
    return list(_deprecated(joined()))


def _deprecated(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of each deprecated field and operation."""
    for schema in document["components"]["schemas"].values():
        yield from ((name, field) for name, field in schema.get("properties", {}).items() if field.get("deprecated"))
    for item in document["paths"].values():
        yield from ((one["operationId"], one) for one in item.values() if one.get("deprecated"))


def test_the_changelog_names_what_is_deprecated(deprecated: list[tuple[str, dict[str, Any]]]) -> None:
    sections = re.findall(r"^### Deprecated\n(.*?)(?=^##)", CHANGELOG.read_text(), re.MULTILINE | re.DOTALL)

    assert set(LINE.findall("\n".join(sections))) == {(name, one["x-sunset"]) for name, one in deprecated}


def test_a_deprecation_lasts_a_year(deprecated: list[tuple[str, dict[str, Any]]]) -> None:
    assert {name for name, _ in deprecated} == {"tax_rate_bp"}
    for name, one in deprecated:
        since, sunset = date.fromisoformat(one["x-deprecated-since"]), date.fromisoformat(one["x-sunset"])
        assert sunset - since >= NOTICE, name
