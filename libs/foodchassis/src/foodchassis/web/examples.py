"""Composes an example of each request and response body from the examples of its fields."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

PROBLEM = "application/problem+json"
MOMENT = "2026-05-08T18:30:00Z"
ROLES = ("Public", "Found", "Create", "Update", "Write")
METHODS = frozenset({"get", "put", "post", "delete", "patch"})


def add(document: dict[str, Any]) -> None:
    """Add an example to each body of `document`, unless it has one or one of its fields has none."""
    composer = Composer(document["components"]["schemas"])
    for item in document["paths"].values():
        for method, operation in item.items():
            if method in METHODS:
                for content, writes in _contents(operation):
                    with suppress(NoExampleError):
                        content.setdefault("example", composer.compose(content["schema"], writes=writes))


def _contents(operation: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield the request body (True) and the response bodies (False) of an operation that have a schema."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield content, True
    for answer in operation["responses"].values():
        for kind, content in answer.get("content", {}).items():
            if kind != PROBLEM and content.get("schema"):
                yield content, False


class NoExampleError(Exception):
    """A field has no example."""


class Composer:
    """Composes examples of schemas; `schemas` are the referenced ones, by name."""

    def __init__(self, schemas: Mapping[str, dict[str, Any]]) -> None:
        self._schemas = schemas

    def compose(self, schema: Mapping[str, Any], *, writes: bool, owner: str = "", field: str = "") -> Any:
        """Return an example of `schema`, which is `field` of the schema `owner`.

        A body that a client `writes` omits null fields. Raises NoExampleError for a text or a number without an
        example.
        """
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if "examples" not in schema:
                return self.compose(self._schemas[name], writes=writes, owner=name)
        if given := schema.get("examples", schema.get("enum")):
            return given[0]
        if "const" in schema or "default" in schema:
            return schema.get("const", schema.get("default"))
        if choices := schema.get("anyOf", schema.get("oneOf")):
            if {"type": "null"} in choices:
                return None
            return self.compose(choices[0], writes=writes, owner=owner, field=field)
        return self._of_type(schema, writes=writes, owner=schema.get("title", owner), field=field)

    def _of_type(self, schema: Mapping[str, Any], *, writes: bool, owner: str, field: str) -> Any:
        match schema.get("type"), schema.get("format"):
            case "object", _:
                found = {
                    name: self.compose(one, writes=writes, owner=owner, field=name)
                    for name, one in schema.get("properties", {}).items()
                }
                return {name: value for name, value in found.items() if not (writes and value is None)}
            case "array", _:
                return [self.compose(schema["items"], writes=writes, owner=owner, field=field)]
            case "boolean", _:
                return False
            case "string", _ if "contentSchema" in schema:
                events = self.compose(schema["contentSchema"]["items"], writes=writes)
                return "".join(f"{name}: {_line(value)}\n" for name, value in events.items()) + "\n"
            case "string", "date-time":
                return MOMENT
            case "string", "uuid":
                return _id(owner, field)
        raise NoExampleError(f"{owner}.{field} needs an example: Field(examples=[…])")


def _line(value: Any) -> str:
    """Return a field of a server-sent event in its wire format."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _id(owner: str, field: str) -> str:
    """Return the id of an object, the same in all examples: `id` of NotePublic and `note_id`."""
    noun = owner if field == "id" else field.removesuffix("s").removesuffix("_id").rpartition("_")[2]
    noun = re.sub(rf"(?:{'|'.join(ROLES)})$", "", noun).lower()
    hexed = hashlib.sha256(noun.encode()).hexdigest()
    return f"019e08da-8840-7{hexed[:3]}-8{hexed[3:6]}-{hexed[6:18]}"
