"""Helpers of several schemas: distinct values, and stored JSON."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, BeforeValidator


def known_fields(model: type[BaseModel]) -> BeforeValidator:
    """Return a model from stored JSON, without unknown fields of other releases at any depth."""
    return BeforeValidator(lambda value: model.model_validate(value, extra="ignore"))


def distinct(values: Iterable[Any], what: str) -> None:
    """Raise ValueError for repeated `values`, described by `what`."""
    seen = list(values)
    if len(set(seen)) < len(seen):
        raise ValueError(f"{what} must be distinct")
