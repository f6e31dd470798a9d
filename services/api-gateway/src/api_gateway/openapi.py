"""Joins the services' OpenAPI documents into one."""

import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from foodchassis import refusals
from foodchassis.web import share_refusals

Document = dict[str, Any]

# Problems that the gateway may return for every operation.
REFUSALS = refusals(400, 408, 414, 429, 431, 502, 503, 504)
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def merge(documents: Mapping[str, Document], info: Document, belongs: Callable[[str, str], bool]) -> Document:
    """Join documents by name of service, keeping the paths for which `belongs(path, service)`.

    A component that two services define differently is renamed in the second one.
    """
    paths: Document = {}
    components: dict[str, Document] = {}
    operation_ids: set[str] = set()
    tags: dict[str, Document] = {}
    problems: dict[str, Document] = {}
    for service, document in documents.items():
        own = _without_collisions(service, document, components)
        for section, entries in own.get("components", {}).items():
            components.setdefault(section, {}).update(entries)
        for path, item in own.get("paths", {}).items():
            if belongs(path, service):
                paths[path] = _labelled(service, item, operation_ids)
        problems |= {kind["slug"]: kind for kind in own.get("x-problems", ())}
        tags |= {tag["name"]: tag for tag in own.get("tags", ())}
    joined = {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": "/", "description": "the URL of this document"}],
        "tags": list(tags.values()),
        "paths": dict(sorted(paths.items())),
        "components": {name: dict(sorted(entries.items())) for name, entries in sorted(components.items())},
        "x-problems": [problems[slug] for slug in sorted(problems)],
    }
    share_refusals(joined)
    return joined


def _without_collisions(service: str, document: Document, taken: Mapping[str, Document]) -> Document:
    """Rename components with conflicting names; those that refer to a renamed one conflict too."""
    renamed: dict[str, str] = {}
    changed = True
    while changed:
        changed = False
        for section, entries in document.get("components", {}).items():
            for name, entry in entries.items():
                where = f"#/components/{section}/{name}"
                theirs = taken.get(section, {}).get(name)
                if where in renamed or theirs is None or theirs == _renamed(entry, renamed):
                    continue
                free = _free_name(service, name, {*entries, *taken.get(section, {})})
                renamed[where] = f"#/components/{section}/{free}"
                changed = True
    result: Document = _renamed(document, renamed)
    for old, new in renamed.items():
        section, name = old.removeprefix("#/components/").split("/", 1)
        entries = result["components"][section]
        entry, free = entries.pop(name), new.rsplit("/", 1)[1]
        entries[free] = {**entry, "title": free} if entry.get("title") == name else entry
    return result


def _free_name(service: str, name: str, taken: AbstractSet[str]) -> str:
    new = f"{service.capitalize()}{name}"
    while new in taken:
        new += "_"
    return new


def _renamed(node: Any, renamed: Mapping[str, str]) -> Any:
    """Return a copy of a document with renamed references and discriminators."""
    if isinstance(node, dict):
        return {key: _renamed(value, renamed) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(value, renamed) for value in node]
    return renamed.get(node, node) if isinstance(node, str) else node


def _labelled(service: str, item: Document, operation_ids: set[str]) -> Document:
    """Return a path's operations, each with a tag, a unique id, and the gateway's problems."""
    item = json.loads(json.dumps(item))
    for method, operation in item.items():
        if method not in METHODS:
            continue
        operation.setdefault("tags", [service])
        if (given := operation.get("operationId")) is not None:
            unique = given if given not in operation_ids else f"{service}_{given}"
            operation_ids.add(unique)
            operation["operationId"] = unique
        answers = operation["responses"]
        operation["responses"] = dict(sorted({**{str(one): REFUSALS[one] for one in REFUSALS}, **answers}.items()))
    return item
