"""Generates files from the code: schemas, machines, objectives, dashboards, API documents, users of servers."""

import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import foodevents
from foodchassis import ServiceSettings
from foodchassis.kernel import Machine
from foodctl.errors import FoodctlError
from foodctl.settings import PROJECT
from foodctl.subscriptions import events
from foodlab import contract
from foodlab.k8s.accounts import accounts
from observability_generators.rules import objectives
from observability_generators.runbooks import alerts
from observability_generators.services import dashboards

DOCS = PROJECT / "docs"
_SERVICES = ("order_service", "payment_service", "delivery_service")
_HEAD = ("row", "from", "to", "trigger", "by", "guard", "emits")
_DEADLINES = ("state", "deadline", "setting", "default", "what happens")


def written() -> dict[Path, str]:
    """Return the text of every generated file."""
    return {
        **schemas(),
        **machines(),
        **objectives(),
        **alerts(),
        **dashboards(),
        **contract.openapi(),
        **contract.asyncapi(events()),
        **accounts(),
    }


def write() -> list[Path]:
    """Write all files and return the changed ones. Raises FoodctlError first if API clients would break."""
    files = written()
    for path, text in files.items():
        if path.name == "openapi.json" and path.exists():
            _refuse_breaks(path, text)
    return [path for path, text in files.items() if _changed(path, text)]


def _refuse_breaks(path: Path, text: str) -> None:
    if broken := contract.breaks(json.loads(path.read_text()), json.loads(text)):
        listed = "\n".join(f"  {one}" for one in broken)
        raise FoodctlError(
            f"clients of this API would break:\n{listed}\nKeep the parts they use, or deprecate them first "
            f"with the headers Deprecation and Sunset. Delete {path} to publish the break anyway."
        )


def _changed(path: Path, text: str) -> bool:
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return True


def schemas() -> dict[Path, str]:
    """Return the JSON Schema of each event's data, by file."""
    return {
        DOCS / "events" / f"{event.event_type}.json": json.dumps(event.model_json_schema(), indent=2) + "\n"
        for event in events()
    }


def machines() -> dict[Path, str]:
    """Return the page of the state machines and their deadlines, by file."""
    pages = [page for service in _SERVICES for page in (*_pages(service), *_deadlines(service))]
    pages += _page(foodevents.APPLICATION, "menu-service: restaurants; delivery-service: drivers")
    intro = "Written by `just docs` from each service's `machine.py`; shared machines are in foodevents."
    text = "\n".join(["# State machines", "", intro, "", *pages])
    return {DOCS / "machines.md": text}


def _pages(service: str) -> Iterator[str]:
    for machine in vars(import_module(f"{service}.machine")).values():
        if isinstance(machine, Machine):
            yield from _page(machine, service.replace("_", "-"))


def _page(machine: Machine[Any], owner: str) -> Iterator[str]:
    yield f"## {machine.name} ({owner})\n"
    yield from _table(_HEAD, machine.rows())
    yield f"\n```mermaid\n{machine.mermaid()}\n```\n"


def _deadlines(service: str) -> Iterator[str]:
    """Yield the table of deadlines of a service whose `rules/deadlines.py` has `rows`."""
    if find_spec(f"{service}.rules") is None or find_spec(f"{service}.rules.deadlines") is None:
        return
    found: Iterable[tuple[str, str, str, str]] = getattr(import_module(f"{service}.rules.deadlines"), "rows", tuple)()
    if rows := [(state, name, setting, _default(service, setting), then) for state, name, setting, then in found]:
        yield f"## Deadlines of {service.replace('_', '-')}\n"
        yield from (*_table(_DEADLINES, rows), "")


def _default(service: str, setting: str) -> str:
    settings = vars(import_module(f"{service}.settings")).values()
    fields = next(
        one.model_fields
        for one in settings
        if isinstance(one, type) and issubclass(one, ServiceSettings) and setting in one.model_fields
    )
    return str(fields[setting].default)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |\n" + "| --- " * len(head) + "|"
    yield from ("| " + " | ".join(row) + " |" for row in rows)
