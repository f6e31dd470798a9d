"""What the schemas of several things share: distinct values, and what is stored as JSON."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, BeforeValidator


def known_fields(model: type[BaseModel]) -> BeforeValidator:
    """Read stored JSON, and leave out fields at any depth that only another release knows."""
    return BeforeValidator(lambda value: model.model_validate(value, extra="ignore"))


def distinct(values: Iterable[Any], what: str) -> None:
    """Refuse `values` that repeat; `what` names them."""
    seen = list(values)
    if len(set(seen)) < len(seen):
        raise ValueError(f"{what} must be distinct")
