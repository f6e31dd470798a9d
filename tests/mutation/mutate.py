"""Mutation tests of the pure modules: report the small changes that no test detects.

`just mutate [PACKAGE...]` runs mutmut on a copy of each package with only the tests of its pure modules: none of them
starts a server. The other packages come from the environment. Then it leaves out the entries of the tables. It fails
when less than 95 % of the changes are noticed.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from mutation import tables

ROOT = Path(__file__).parents[2]
SCRATCH = ROOT / ".mutants"
PURE = ("decide.py", "machine.py", "rules/*.py")
PACKAGES = {
    "order-service": ("services/order-service", PURE),
    "payment-service": ("services/payment-service", PURE),
    "delivery-service": ("services/delivery-service", PURE),
    "foodchassis": ("libs/foodchassis", ("kernel/machine.py", "kernel/decision.py")),
}
LEAST = 95.0
# A mutant that never ends, or that ends the interpreter, is detected too.
KILLED = frozenset({"killed", "timeout", "segfault"})
CONFIGURATION = """\
[tool.pytest]
addopts = ["--import-mode=importlib", "--hypothesis-profile=ci", "-p", "no:cacheprovider", "-p", "no:xdist"]
asyncio_mode = "auto"

[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
pytest_add_cli_args_test_selection = {tests}
"""


def copied(package: str) -> tuple[Path, list[str], list[str]]:
    """Copy the sources of a package and the tests of its pure modules to a folder; return it, modules and tests."""
    home, patterns = PACKAGES[package]
    source, folder = ROOT / home, SCRATCH / package
    shutil.rmtree(folder, ignore_errors=True)
    without_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source / "src", folder / "src", ignore=without_caches)
    (inside,) = (folder / "src").iterdir()
    pure = sorted(path for pattern in patterns for path in inside.glob(pattern) if path.name != "__init__.py")
    mirrored = (source / "tests" / path.relative_to(inside).with_name(f"test_{path.name}") for path in pure)
    tests = [path for path in mirrored if path.exists()]
    for path in (*tests, source / "tests/conftest.py"):
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    modules, selection = (
        [str(path.relative_to(folder)) for path in pure],
        [str(path.relative_to(source)) for path in tests],
    )
    (folder / "pyproject.toml").write_text(CONFIGURATION.format(modules=modules, tests=selection))
    return folder, modules, selection


def mutmut(folder: Path, *arguments: str) -> str:
    """Run mutmut in the folder and return what it printed; raise SystemExit with the end of it when mutmut fails."""
    run = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise SystemExit("\n".join((run.stdout + run.stderr).splitlines()[-60:]))
    return run.stdout


def survivors(package: str) -> tuple[int, list[str]]:
    """Return how many mutants the package has, and the names of those that no test killed."""
    folder, modules, tests = copied(package)
    mutmut(folder, "run", "--max-children", "2")
    lines = mutmut(folder, "results", "--all", "true").split("\n")
    outcomes = dict(line.strip().split(": ", 1) for line in lines if line.strip())
    entries, kept = tables.surviving(folder, modules, tests)
    return len(outcomes) + entries, [name for name, outcome in outcomes.items() if outcome not in KILLED] + kept


def main() -> None:
    """Report each package named, or all; exit with 1 when one of them has too many survivors."""
    enough = True
    for package in sys.argv[1:] or PACKAGES:
        mutants, alive = survivors(package)
        killed = mutants - len(alive)
        share = 100 * killed / mutants
        enough = enough and share >= LEAST
        figures = f"{mutants} mutants, {killed} killed, {len(alive)} survived: {share:.1f} %"
        sys.stdout.write("\n  ".join([f"{package}: {figures}", *alive]) + "\n")
        sys.stdout.flush()
    raise SystemExit(not enough)


if __name__ == "__main__":
    main()
