"""What the schemas of several things share: distinct values, and fields that a change may leave out."""

from collections.abc import Iterable
from typing import Any

from pydantic import ConfigDict, Field

# Of what is stored as JSON: what another release stored and this one does not know is left out of an answer.
STORED = ConfigDict(extra="ignore")


def distinct(values: Iterable[Any], what: str) -> None:
    """Refuse `values` that repeat; `what` names them."""
    seen = list(values)
    if len(set(seen)) < len(seen):
        raise ValueError(f"{what} must be distinct")


def unset(*examples: Any) -> Any:
    """Mark a field that a change may leave out; null is not a way to leave it out."""

    def documented(schema: dict[str, Any]) -> None:
        schema.pop("default")
        if examples:
            schema["examples"] = list(examples)

    return Field(default=None, json_schema_extra=documented)
