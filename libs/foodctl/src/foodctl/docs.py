"""Writes what follows from the code: events' schemas, machines' tables, objectives with their rules, dashboards."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import foodevents
from foodchassis import Event, Machine
from foodctl.dashboards import dashboards
from foodctl.settings import PROJECT
from foodctl.slo.files import objectives

DOCS = PROJECT / "docs"
_MACHINES = ("order_service.machine", "payment_service.machine", "delivery_service.machine")
_HEAD = ("row", "from", "to", "trigger", "by", "guard", "emits")


def written() -> dict[Path, str]:
    """Give the text of every file that is written from the code."""
    return {**schemas(), **machines(), **objectives(), **dashboards()}


def write() -> list[Path]:
    """Write every file anew, and give those that changed."""
    return [path for path, text in written().items() if _changed(path, text)]


def _changed(path: Path, text: str) -> bool:
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return True


def events() -> list[type[Event]]:
    """Give every published event."""
    exported = (getattr(foodevents, name) for name in foodevents.__all__)
    return [one for one in exported if isinstance(one, type) and issubclass(one, Event)]


def schemas() -> dict[Path, str]:
    """Give the JSON Schema of each event's data, by file."""
    return {
        DOCS / "events" / f"{event.event_type}.json": json.dumps(event.model_json_schema(), indent=2) + "\n"
        for event in events()
    }


def machines() -> dict[Path, str]:
    """Give the page of the state machines, by file."""
    pages = [page for module in _MACHINES for page in _pages(module)]
    text = "\n".join(["# State machines", "", "Written by `just docs` from each service's `machine.py`.", "", *pages])
    return {DOCS / "machines.md": text}


def _pages(module: str) -> Iterator[str]:
    for machine in vars(import_module(module)).values():
        if isinstance(machine, Machine):
            yield f"## {machine.name} ({module.partition('.')[0].replace('_', '-')})\n"
            yield "| " + " | ".join(_HEAD) + " |\n" + "| --- " * len(_HEAD) + "|"
            yield from ("| " + " | ".join(row) + " |" for row in machine.rows())
            yield f"\n```mermaid\n{machine.mermaid()}\n```\n"
