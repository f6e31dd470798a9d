"""What the schemas of several things share: distinct values, and what is stored as JSON."""

from collections.abc import Iterable
from typing import Any

from pydantic import ConfigDict

# Of what is stored as JSON: what another release stored and this one does not know is left out of an answer.
STORED = ConfigDict(extra="ignore")


def distinct(values: Iterable[Any], what: str) -> None:
    """Refuse `values` that repeat; `what` names them."""
    seen = list(values)
    if len(set(seen)) < len(seen):
        raise ValueError(f"{what} must be distinct")
