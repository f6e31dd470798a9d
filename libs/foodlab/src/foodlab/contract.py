"""The published OpenAPI and AsyncAPI documents, and the detection of changes that break clients."""

import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from api_gateway.documents import join
from api_gateway.settings import GatewaySettings
from foodchassis import Event
from foodctl.catalog import SERVICES
from foodctl.settings import PROJECT
from foodctl.subscriptions import publishers, subscriptions
from foodlab.settings import own_keys

FOLDER = PROJECT / "docs" / "api"
Document = dict[str, Any]
# Bounds of requests, and the direction in which each may change without refusing requests that were valid.
LOWER, UPPER = ("minimum", "minLength", "minItems"), ("maximum", "maxLength", "maxItems")


def joined() -> Document:
    """Return the OpenAPI document of the gateway with all services."""
    with own_keys():
        built = {service.short: import_module(f"{service.package}.main").create_app() for service in SERVICES}
    own = built.pop("gateway").app.openapi()
    result: Document = json.loads(
        json.dumps(join(GatewaySettings(), own, {name: app.openapi() for name, app in built.items()}))
    )
    return result


def openapi() -> dict[Path, str]:
    """Return the document as a file; only the running gateway lists the kinds of problems."""
    document = {name: part for name, part in joined().items() if name != "x-problems"}
    return {FOLDER / "openapi.json": json.dumps(document, indent=1, ensure_ascii=False) + "\n"}


def asyncapi(events: list[type[Event]]) -> dict[Path, str]:
    """Return the AsyncAPI document of all events as a file: with their publishers and consumers."""
    handled = [(one.name, key) for one in SERVICES for key in subscriptions(one.package).values()]
    channels = {
        event.event_type: {
            "address": event.routing_key,
            "description": inspect.getdoc(event) or "",
            "messages": {"event": {"$ref": f"#/components/messages/{event.event_type}"}},
        }
        for event in events
    }
    operations = {
        f"{service}.publish.{event.routing_key}": _operation("send", event.event_type)
        for event in events
        for service in publishers(event)
    } | {
        f"{service}.handle.{event.routing_key}": _operation("receive", event.event_type)
        for service, key in handled
        for event in events
        if event.routing_key == key
    }
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Events",
            "version": "1",
            "description": "CloudEvents 1.0 in JSON on a topic exchange; the channel is the routing key."
            " Optional fields are added without notice.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": dict(sorted(operations.items())),
        "components": {"messages": {event.event_type: _message(event) for event in events}},
    }
    return {FOLDER / "asyncapi.json": json.dumps(document, indent=1, ensure_ascii=False) + "\n"}


def _operation(action: str, kind: str) -> Document:
    return {"action": action, "channel": {"$ref": f"#/channels/{kind}"}}


def _message(event: type[Event]) -> Document:
    """Return an event in its envelope."""
    return {
        "name": event.event_type,
        "title": event.__name__,
        "summary": (inspect.getdoc(event) or "").split("\n")[0],
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string", "format": "uuid", "description": "the event: a repeat has the same"},
                "source": {"type": "string", "description": "the service that publishes it"},
                "type": {"const": event.event_type},
                "subject": {"type": "string", "format": "uuid", "description": f"its `{event.subject_field}`"},
                "time": {"type": "string", "format": "date-time"},
                "sequence": {"type": "integer", "description": "counts the events of a subject"},
                "data": {"$ref": f"../events/{event.event_type}.json"},
            },
        },
    }


def breaks(old: Document, new: Document) -> list[str]:
    """List the changes that break clients generated from the old document."""
    return sorted(set(_operations(old, new)))


def _operations(old: Document, new: Document) -> Iterator[str]:
    for path, item in old["paths"].items():
        for method, was in item.items():
            where = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{where} is gone"
                continue
            if was.get("operationId") != now.get("operationId"):
                yield f"{where} has another name"
            compared = Comparison(old, new)
            yield from _parameters(compared, where, was, now)
            yield from _bodies(compared, where, was, now)


def _parameters(compared: "Comparison", where: str, was: Document, now: Document) -> Iterator[str]:
    known = {(one["in"], one["name"]): one for one in was.get("parameters", ())}
    present = {(one["in"], one["name"]): one for one in now.get("parameters", ())}
    yield from (f"{where}: the parameter {name} is gone" for _, name in known.keys() - present.keys())
    for key, one in present.items():
        before = known.get(key)
        if one.get("required") and not (before and before.get("required")):
            yield f"{where}: the parameter {key[1]} is required"
        if before:
            yield from compared.taken(f"{where}: {key[1]}", before["schema"], one["schema"])


def _bodies(compared: "Comparison", where: str, was: Document, now: Document) -> Iterator[str]:
    if "requestBody" in now and "requestBody" not in was:
        yield f"{where}: a body is required"
    for kind, content in was.get("requestBody", {}).get("content", {}).items():
        present = now.get("requestBody", {}).get("content", {}).get(kind)
        if present is None:
            yield f"{where}: no body of {kind} is taken"
        else:
            yield from compared.taken(where, content["schema"], present["schema"])
    for status, answer in was["responses"].items():
        if status < "400":
            present = now["responses"].get(status)
            if present is None:
                yield f"{where}: {status} is gone"
                continue
            for kind, content in answer.get("content", {}).items():
                if kind not in present.get("content", {}):
                    yield f"{where}: {status} is no longer {kind}"
                else:
                    yield from compared.given(where, content["schema"], present["content"][kind]["schema"])


class Comparison:
    """Compares the schemas of two documents, each pair once."""

    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, str, str]] = set()

    def taken(self, where: str, old: Document, new: Document) -> Iterator[str]:
        """Yield parts of requests that were accepted and are now refused."""
        yield from self._compared(where, old, new, "taken")

    def given(self, where: str, old: Document, new: Document) -> Iterator[str]:
        """Yield parts of responses that were removed or changed."""
        yield from self._compared(where, old, new, "given")

    def _compared(self, where: str, old: Document, new: Document, way: str) -> Iterator[str]:
        pair = (str(old.get("$ref")), str(new.get("$ref")), way)
        if "$ref" in old and pair in self._seen:
            return
        self._seen.add(pair)
        before, after = list(_variants(self._old, old)), list(_variants(self._new, new))
        kinds, others = ({_kind(one) for one in each} for each in (before, after))
        narrowed = kinds - others if way == "taken" else others - kinds
        yield from (f"{where}: {kind} {'is refused' if way == 'taken' else 'is answered'} now" for kind in narrowed)
        for one in before:
            alike = (other for other in after if _kind(other) == _kind(one))
            # Of several variants, the one with most fields in common.
            yield from min((list(self._same_kind(where, one, other, way)) for other in alike), key=len, default=[])

    def _same_kind(self, where: str, old: Document, new: Document, way: str) -> Iterator[str]:
        values, others = set(_values(old)), set(_values(new))
        if others and way == "taken" and (values - others or not values):
            yield f"{where}: only {sorted(others)} are taken now"
        if values and way == "given" and (others - values or not others):
            yield f"{where}: {sorted(others - values) or 'any value'} may be answered now"
        if way == "taken":
            yield from _narrower(where, old, new)
        if "items" in old and "items" in new:
            yield from self._compared(f"{where}[]", old["items"], new["items"], way)
        yield from self._fields(where, old, new, way)

    def _fields(self, where: str, old: Document, new: Document, way: str) -> Iterator[str]:
        known, present = old.get("properties", {}), new.get("properties", {})
        yield from (f"{where}.{name} is gone" for name in known.keys() - present.keys())
        must, now = set(old.get("required", ())), set(new.get("required", ()))
        if way == "taken":
            yield from (f"{where}.{name} is required" for name in now - must)
        else:
            yield from (f"{where}.{name} may be missing" for name in (must - now) & present.keys())
        for name in known.keys() & present.keys():
            yield from self._compared(f"{where}.{name}", known[name], present[name], way)


def _variants(document: Document, schema: Document) -> Iterator[Document]:
    """Yield the variants of a value of `schema`."""
    if "$ref" in schema:
        yield from _variants(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    elif choices := schema.get("anyOf", schema.get("oneOf")):
        for one in choices:
            yield from _variants(document, one)
    else:
        yield schema


def _kind(schema: Document) -> str:
    return " ".join(str(schema[key]) for key in ("type", "format") if key in schema)


def _values(schema: Document) -> list[Any]:
    return [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]


def _narrower(where: str, old: Document, new: Document) -> Iterator[str]:
    for key in LOWER:
        if key in new and new[key] > old.get(key, float("-inf")):
            yield f"{where}: {key} is {new[key]} now"
    for key in UPPER:
        if key in new and new[key] < old.get(key, float("inf")):
            yield f"{where}: {key} is {new[key]} now"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where}: another pattern is required"
