"""SQL of services names its columns and does not use the tables of the chassis."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from foodchassis.storage.tables import metadata

ROOT = Path(__file__).parents[2]
SERVICES = sorted(ROOT.glob("services/*/src/**/*.py"))
CHASSIS = sorted(ROOT.glob("libs/foodchassis/src/**/*.py"))
SQL = re.compile(r"\b(?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE)\b", re.IGNORECASE)
# A new column gets its default only in statements that name their columns.
NAMELESS = re.compile(
    r"""\bINSERT\s+INTO\s+[\w."]++(?:\s+AS\s+\w++)?+\s*+(?!\((?!\s*SELECT\b))(?:\w+|\()?"""
    r"""|\*\s+FROM\s+jsonb?_populate_record(?:set)?\s*\(\s*NULL::\w+""",
    re.IGNORECASE,
)
OF_THE_CHASSIS = re.compile(rf"\b(?:{'|'.join(metadata.tables)}|effects)\b", re.IGNORECASE)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each string of a file except docstrings, with its line; interpolated values become `x`."""
    tree = ast.parse(path.read_text())
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "x" for part in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside | told:
            yield node.lineno, node.value


def offences(paths: list[Path], wrong: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line}: {' '.join(found[0].split())}"
        for path in paths
        for line, text in texts(path)
        if SQL.search(text)
        for found in wrong.finditer(text)
    ]


def test_every_insert_names_its_columns() -> None:
    found = offences([*SERVICES, *CHASSIS], NAMELESS)

    assert found == [], "\n".join(found)


def test_services_do_not_use_tables_of_the_chassis() -> None:
    found = offences(SERVICES, OF_THE_CHASSIS)

    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("INSERT INTO orders SELECT * FROM old_orders", True),
        ("INSERT INTO orders VALUES (%s, %s)", True),
        ("INSERT INTO orders (SELECT * FROM old_orders)", True),
        ("insert into orders\n  default values", True),
        ("WITH a AS (INSERT INTO orders AS o SELECT 1) SELECT", True),
        ("SELECT * FROM jsonb_populate_record(NULL::orders, %s::jsonb)", True),
        ("INSERT INTO orders (id) SELECT id FROM jsonb_populate_record(NULL::orders, %s::jsonb)", False),
        ("INSERT INTO orders AS o (id, version) VALUES (%s, %s)", False),
        ('INSERT INTO "orders"\n  ("id")\nSELECT id FROM old_orders', False),
    ],
)
def test_the_check_finds_an_insert_without_column_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, wrong: bool
) -> None:
    (tmp_path / "storage.py").write_text(f"STORE = {text!r}\n")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)

    assert bool(offences([tmp_path / "storage.py"], NAMELESS)) is wrong


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("STOP = f'DELETE FROM deadlines WHERE subject = {subject}'", True),
        ("LATE = 'SELECT 1 FROM orders, deadlines WHERE subject = id'", True),
        ("def f():\n    '''Select what the outbox has.'''\n    return 'the outbox is empty'", False),
        ("OWN = 'SELECT deadlines_missed FROM orders'", False),
    ],
)
def test_the_check_finds_a_chassis_table_in_a_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, wrong: bool
) -> None:
    (tmp_path / "storage.py").write_text(source)
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)

    assert bool(offences([tmp_path / "storage.py"], OF_THE_CHASSIS)) is wrong
