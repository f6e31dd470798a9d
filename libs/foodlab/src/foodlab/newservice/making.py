"""Copies the template under the new name, and has the tools put what they own in order."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from devservers.errors import UsageError
from foodlab.newservice.lists import SOURCE, complete, described
from foodlab.newservice.names import Names

TEMPLATE = "libs/foodlab/templates/sample-service"
_LINE = 'sample-service = { port = 8999, needs = ["postgres", "rabbitmq"], routes = ["/samples"] }\n'
_SORT = ("check", "--select", "I", "--fix")


def make(name: str, project: Path) -> list[Path]:
    """Make the service, and give the files that are new or changed."""
    names = Names.of(name, max(service.port for service in described(project)) + 1)
    target = project / "services" / names.fill("sample-service")
    if target.exists():
        raise UsageError(f"{target} exists already")
    with (project / SOURCE).open("a") as file:
        file.write(names.fill(_LINE))
    changed = [project / SOURCE, *complete(project)]
    made = list(copied(project / TEMPLATE, target, names))
    for arguments in (_SORT, ("format",)):
        # Imports and lines of another length than the template's.
        python = [str(path) for path in (*changed, *made) if path.suffix == ".py"]
        subprocess.run([sys.executable, "-m", "ruff", *arguments, "--quiet", *python], cwd=project, check=True)
    return [*changed, *made]


def copied(template: Path, target: Path, names: Names) -> Iterator[Path]:
    """Copy the template in the new service's words, and give each file."""
    for source in sorted(template.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            path = target / names.fill(str(source.relative_to(template)))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(names.fill(source.read_text()))
            shutil.copymode(source, path)
            yield path
