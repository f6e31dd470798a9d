"""Converts parameters of statements to JSON and back: other types are objects with their type as the only key."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Binary
from psycopg.types.json import Json, Jsonb

JSON = str | int | float | bool | list[Any] | dict[str, Any] | None
# A bytea column accepts any bytes: a digest is stored unchanged, and the beginning of a document.
LONGEST = 64
TYPES: dict[str, Callable[[Any], Any]] = {
    "uuid": UUID,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "seconds": lambda seconds: timedelta(seconds=seconds),
    "decimal": Decimal,
    "hex": bytes.fromhex,
    "json": Json,
    "jsonb": Jsonb,
}


def encoded(value: Any) -> JSON:  # noqa: PLR0911 - one line for each type
    """Return a parameter as JSON. Raises TypeError for a type that TYPES does not have."""
    match value:
        case str():
            return str.__str__(value)
        case None | bool() | int() | float():
            return value
        case list():
            return [encoded(one) for one in value]
        case bytes():
            return {"hex": value[:LONGEST].hex()}
        case datetime() | date() | time():
            return {type(value).__name__: value.isoformat()}
        case timedelta():
            return {"seconds": value.total_seconds()}
        case Binary():
            return encoded(value.obj)
        case UUID() | Decimal():
            return {type(value).__name__.lower(): str(value)}
        case Json() | Jsonb():
            return {type(value).__name__.lower(): value.obj}
    raise TypeError(f"a parameter is a {type(value)}: teach tests/upgrades/values.py to store it")


def decoded(value: JSON) -> Any:
    """Return the parameter that `encoded` converted."""
    match value:
        case list():
            return [decoded(one) for one in value]
        case dict():
            [(kind, stored)] = value.items()
            return TYPES[kind](stored)
    return value


def encoded_parameters(parameters: Any) -> JSON:
    """Return the parameters of one statement as JSON: an object of names, or a list."""
    if isinstance(parameters, Mapping):
        return {name: encoded(value) for name, value in parameters.items()}
    return [encoded(value) for value in parameters or ()]


def decoded_parameters(parameters: JSON) -> Any:
    """Return the parameters of one statement for psycopg."""
    if isinstance(parameters, dict):
        return {name: decoded(value) for name, value in parameters.items()}
    return decoded(parameters)
