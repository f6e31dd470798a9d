"""Remove the entries of the tables in pure modules, one at a time: mutmut only changes functions."""

import ast
import importlib
import multiprocessing
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROCESSES = multiprocessing.get_context("fork")
SECONDS = 300
# Slow imports that are not changed: imported once, before the fork.
SHARED = ("foodchassis.testing", "foodevents", "hypothesis")


def without_one(code: str) -> Iterator[tuple[str, str]]:
    """Yield each entry of a table of the module, and the module without it."""
    tree = ast.parse(code)
    for table in tree.body:
        if isinstance(table, ast.Assign):
            for node in ast.walk(table.value):
                columns = _columns(node)
                for place in range(len(columns[0]) if columns else 0):
                    entry = [column.pop(place) for column in columns]
                    if getattr(entry[0], "arg", "guard") == "guard":  # the other texts of a step are documentation
                        name = ast.unparse(next(filter(None, entry)))
                        yield f"{ast.unparse(table.targets[0])} without {name}", ast.unparse(tree)
                    for column, part in zip(columns, entry, strict=True):
                        column.insert(place, part)


def _columns(node: ast.AST) -> list[list[Any]]:
    """Return the lists of the node that hold one entry in each place."""
    match node:
        case ast.BoolOp():
            return [node.values]
        case ast.Dict():
            return [node.keys, node.values]
        case ast.Tuple(elts=[_, _, *_]) | ast.Set(elts=[_, _, *_]):
            return [node.elts]
        case ast.Call(func=ast.Name("Machine" | "_noted")):
            return [node.args]
        case ast.Call(func=ast.Name("Step")):
            return [node.keywords]
        case _:
            return []


def surviving(folder: Path, modules: list[str], tests: list[str]) -> tuple[int, list[str]]:
    """Return the number of removed entries, and those whose removal no test in the folder detects."""
    for shared in SHARED:
        importlib.import_module(shared)
    count, alive = 0, []
    for module in modules:
        path = folder / module
        whole = path.read_text()
        for what, code in without_one(whole):
            path.write_text(code)
            count += 1
            if _passes(folder, tests):
                alive.append(f"{path.stem}: {what}")
        path.write_text(whole)
    return count, alive


def _passes(folder: Path, tests: list[str]) -> bool:
    run = PROCESSES.Process(target=_test, args=(folder, tests))
    run.start()
    run.join(SECONDS)
    run.kill()
    run.join()
    return run.exitcode == 0


def _test(folder: Path, tests: list[str]) -> None:
    os.chdir(folder)
    sys.path.insert(0, str(folder / "src"))
    sys.dont_write_bytecode = True
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        os._exit(pytest.main(["-x", "-q", *tests]))
