"""Helpers to declare tables: named constraints, times with a zone, and enums stored by value."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Enum, MetaData, and_, false
from sqlalchemy.orm import Mapped

from foodchassis.kernel.folding import fold

# As PostgreSQL names them, so that the name in an error contains the table and columns.
NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}
TIMESTAMP: Any = DateTime(timezone=True)


def named_metadata() -> MetaData:
    """Return the metadata of one service's tables, with the naming convention of constraints and indexes."""
    return MetaData(naming_convention=NAMES)


def stored(kind: type[StrEnum], check: str | None = None, *, length: int = 20) -> Any:
    """Return a column type that stores an enum by value; a check constraint named `check` refuses other values.

    Without a constraint, a release may add a value while the previous release still runs.
    """
    return Enum(
        kind,
        native_enum=False,
        values_callable=lambda members: [member.value for member in members],
        length=length,
        create_constraint=check is not None,
        name=check,
    )


def has_words(folded: Mapped[str] | Mapped[str | None], text: str) -> ColumnElement[bool]:
    """Match the rows whose text, which is stored as `fold` returns it, contains each word of `text`."""
    words = dict.fromkeys(fold(text).split())
    return and_(*(folded.contains(word, autoescape=True) for word in words)) if words else false()
