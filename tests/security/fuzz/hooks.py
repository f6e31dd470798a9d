"""Hooks for rules that no schema expresses: cursors come from a page, and each request has its own key."""

import unicodedata
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis.core.parameters import ParameterLocation


def before_call(_context: Any, case: schemathesis.Case, _options: dict[str, Any]) -> None:
    """Change the valid parts of a request as a client would send them."""
    if _is_sound(case, ParameterLocation.QUERY):
        (case.query or {}).pop("cursor", None)
    if _is_sound(case, ParameterLocation.HEADER) and "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid4())
    if _is_sound(case, ParameterLocation.BODY):
        case.body = _written(case.body)


def _is_sound(case: schemathesis.Case, location: ParameterLocation) -> bool:
    return case.meta is not None and not case.meta.is_negative_at(location)


def _written(value: Any) -> Any:
    """Return JSON with whole numbers without a decimal point, and without hidden characters beyond U+FFFF.

    The service refuses those, but engines of regular expressions differ in how a pattern names them.
    """
    if isinstance(value, str):
        return "".join("x" if _is_hidden(character) else character for character in value)
    if isinstance(value, dict):
        return {key: _written(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_written(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_hidden(character: str) -> bool:
    return character > "\uffff" and (unicodedata.category(character)[0] == "C" or character == "\U0001d159")


schemathesis.hook(before_call)
