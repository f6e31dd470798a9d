"""The import rules hold: each kind of offence, planted in a copy of the sources, is reported."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("libs/*/src/*", "services/*/src/*", "deploy/*/*/src/*")
PACKAGES = {path.name: path for pattern in SOURCES for path in ROOT.glob(pattern) if path.is_dir()}
PURE = ("decide.py", "machine.py", "rules")
# A pure module may import only data and pure functions from foodchassis, so no clock and no session.
FRONT_DOOR = {"Event", "kernel", "new_id"}
# Of the subpackages it may import only the kernel.
OTHER_ROOMS = re.compile(r"foodchassis\.(?!kernel$)")
CLOCKS = {"now", "utcnow", "today", "monotonic", "perf_counter", "time"}
# The planted offence, its module, and the linter's message.
OFFENCES = {
    "a stray module": ("order_service.utilities", "", "- order_service.utilities"),
    "a stray module of the chassis": ("foodchassis.helpers", "", "- foodchassis.helpers"),
    "a framework in a rule": ("order_service.rules.pricing", "import fastapi", "-> fastapi"),
    "a session in a decision": ("payment_service.decide", "from sqlmodel.ext import asyncio", "-> sqlmodel"),
    "a broker in a machine": ("delivery_service.machine", "import aio_pika", "-> aio_pika"),
    "a clock in a rule": ("delivery_service.rules.dispatch", "import time", "-> time"),
    "a log in a rule": ("order_service.rules.endings", "import structlog", "-> structlog"),
    "a deep import": (
        "order_service.rules.deadlines",
        "from foodchassis.storage.statements import summary",
        "-> foodchassis.storage.statements",
    ),
    "another service": ("menu_service.service.items", "import order_service.errors", "-> order_service.errors"),
    "a use case in a rule": (
        "payment_service.rules.sharing",
        "from payment_service import service",
        "-> payment_service.service",
    ),
    "a route in a use case": (
        "user_service.service.addresses",
        "from user_service import routes",
        "-> user_service.routes",
    ),
    "a framework in a use case": ("user_service.service.accounts", "import starlette", "-> starlette"),
    "a room that imports a higher one": (
        "foodchassis.kernel.errors",
        "from foodchassis.web import problems",
        "-> foodchassis.web.problems",
    ),
    "the developer's tool in the operator's": ("foodctl.commands", "import foodlab.up", "-> foodlab.up"),
    "a service in the servers": ("devservers.native", "import foodctl.catalog", "-> foodctl.catalog"),
    "the tests' servers in a service": ("menu_service.settings", "import devservers.ports", "-> devservers.ports"),
    "fixtures in the chassis": ("foodchassis.web.health", "import foodchassis.testing", "-> foodchassis.testing"),
    "a service in the events": ("foodevents.user", "import user_service.errors", "-> user_service.errors"),
}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("sources")
    for name, path in PACKAGES.items():
        shutil.copytree(path, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def lint(sources: Path) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", ROOT / "pyproject.toml"],
        env={**os.environ, "PYTHONPATH": str(sources), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts" in done.stdout, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def found(sources: Path) -> str:
    """The linter's output when all offences are planted at once."""
    assert " 0 broken." in lint(sources)
    for module, line, _ in OFFENCES.values():
        with (sources / module.replace(".", "/")).with_suffix(".py").open("a") as file:
            file.write(f"\n{line}\n")
    return " ".join(lint(sources).split())


@pytest.mark.parametrize("offence", OFFENCES)
def test_the_linter_reports_an_offence(found: str, offence: str) -> None:
    module, _, words = OFFENCES[offence]

    assert (words if words.startswith("- ") else f"{module} {words}") in found


def _pure_modules() -> Iterator[Path]:
    for package in PACKAGES.values():
        for name in PURE:
            path = package / name
            yield from path.rglob("*.py") if path.is_dir() else [path] if path.exists() else []


def impurities(source: str) -> list[str]:
    """Return the forbidden imports of a pure module, and each use of a clock."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "foodchassis":
            found += [alias.name for alias in node.names if alias.name not in FRONT_DOOR]
        elif isinstance(node, ast.ImportFrom) and OTHER_ROOMS.match(node.module or ""):
            found.append(str(node.module))
        elif (
            isinstance(node, ast.Attribute) and ast.unparse(node.value) == "foodchassis" and node.attr not in FRONT_DOOR
        ):
            found.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            found.append(ast.unparse(node.func))
    return found


def test_decisions_machines_and_rules_are_pure() -> None:
    assert {str(path): found for path in _pure_modules() if (found := impurities(path.read_text()))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from foodchassis import now",
        "from foodchassis import Event, SessionDep",
        "from foodchassis.messaging import load",
        "x = foodchassis.now",
        "x = datetime.now(UTC)",
        "x = datetime.datetime.utcnow()",
    ],
)
def test_the_check_finds_an_impurity(source: str) -> None:
    assert impurities(source) != []


def test_every_service_has_pure_modules() -> None:
    assert {path.parents[0].name for path in _pure_modules() if path.name == "decide.py"} == {
        "order_service",
        "payment_service",
        "delivery_service",
    }
