"""Rules of the repository that no linter checks, checked on the syntax trees."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for home in ("libs/*", "services/*", "deploy/*/*") for path in ROOT.glob(f"{home}/src/**/*.py"))
OF_SERVICES = [path for path in SOURCES if path.is_relative_to(ROOT / "services")]
LONGEST = 300
MONEY = ("amount", "price", "total", "fee", "tip", "tax", "subtotal", "balance", "payout")
QUERIES = frozenset({"select", "insert", "update", "delete"})


def trees(paths: list[Path]) -> Iterator[tuple[Path, ast.AST]]:
    for path in paths:
        yield path, ast.parse(path.read_text())


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Yield each call with its name and its object."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node, node.func.attr, ast.unparse(node.func.value)
            elif isinstance(node.func, ast.Name):
                yield node, node.func.id, ""


def in_service_layer(path: Path) -> bool:
    return path.name == "service.py" or path.parent.name == "service"


def commits(paths: list[Path]) -> list[str]:
    return [
        where(path, node)
        for path, tree in trees(paths)
        for node, name, _ in calls(tree)
        if name in {"commit", "rollback"} and path.name not in {"database.py", "migrations.py"}
    ]


def queries(paths: list[Path]) -> list[str]:
    return [
        where(path, node)
        for path, tree in trees(paths)
        for node, name, owner in calls(tree)
        if name in QUERIES and owner in {"", "sa", "sqlalchemy", "sqlmodel"} and not in_service_layer(path)
    ]


def environment_reads(paths: list[Path]) -> list[str]:
    return [
        where(path, node)
        for path, tree in trees(paths)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv", "os.putenv"}
        if path.name != "settings.py"
    ]


def float_money(paths: list[Path]) -> list[str]:
    return [
        where(path, node)
        for path, tree in trees(paths)
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None
        if "float" in ast.unparse(node.annotation) or "Decimal" in ast.unparse(node.annotation)
        if any(word in _name(node).lower().split("_") for word in MONEY)
    ]


def _name(node: ast.AnnAssign | ast.arg) -> str:
    return node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)


def naive_times(paths: list[Path]) -> list[str]:
    return [
        where(path, node)
        for path, tree in trees(paths)
        for node, name, owner in calls(tree)
        if name == "utcnow"
        or (name == "now" and owner.endswith("datetime") and not node.args and not node.keywords)
        or (name == "fromtimestamp" and owner.endswith("datetime") and len(node.args) + len(node.keywords) == 1)
    ]


def lost_texts(paths: list[Path]) -> list[str]:
    """Return the strings that are statements, but describe no module, class, function or field: ends of other texts."""
    return [
        where(path, text)
        for path, tree in trees(paths)
        for parent in ast.walk(tree)
        for name in ("body", "orelse", "finalbody")
        if isinstance(block := getattr(parent, name, None), list)
        for before, text in pairwise(block)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant | ast.JoinedStr)
        if not isinstance(before, ast.AnnAssign) and ast.unparse(text) != "..."
    ]


RULES = {
    "only the chassis' database commits": (commits, OF_SERVICES),
    "only service.py queries": (queries, OF_SERVICES),
    "only settings read the environment": (environment_reads, SOURCES),
    "money is never a float": (float_money, SOURCES),
    "no time is naive": (naive_times, SOURCES),
    "no text loses its end": (lost_texts, SOURCES),
}
BROKEN = {
    "only the chassis' database commits": "async def f(session):\n    await session.commit()\n",
    "only service.py queries": "from sqlmodel import select\nq = select(Order)\n",
    "only settings read the environment": "import os\nx = os.environ['X']\n",
    "money is never a float": "class A:\n    total_price: float\n",
    "no time is naive": "from datetime import datetime\nx = datetime.now()\n",
    "no text loses its end": "def f():\n    text = 'wait, or '\n    'end it'\n    return text\n",
}


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_holds(rule: str) -> None:
    check, paths = RULES[rule]

    assert check(paths) == []


@pytest.mark.parametrize("rule", RULES)
def test_the_check_finds_a_breach(rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offender = tmp_path / "routes.py"
    offender.write_text(BROKEN[rule])
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)

    assert RULES[rule][0]([offender]) != []


def test_no_module_has_a_generic_name() -> None:
    words = {"utils", "util", "common", "helpers", "helper", "base", "core", "misc"}

    assert [path for path in SOURCES if words & {path.stem, path.parent.name}] == []


def test_a_main_module_is_short() -> None:
    for path in ROOT.glob("services/*/src/*/main.py"):
        [function] = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        assert (function.end_lineno or 0) - function.lineno < 12, path


def test_files_and_functions_are_short() -> None:
    assert [path for path in SOURCES if len(path.read_text().splitlines()) > LONGEST] == []
