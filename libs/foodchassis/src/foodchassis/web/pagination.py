"""Cursor pages: `{"items": [...], "next_cursor": "…" | null}`, newest first by UUIDv7."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query

from foodchassis.kernel.errors import UnprocessableError
from foodchassis.kernel.types import Schema, Timestamp

T = TypeVar("T")


class InvalidCursorError(UnprocessableError):
    """The cursor is not one that this service gave out."""

    title = "The cursor is not valid"


class Page(Schema, Generic[T]):
    """One page of a list."""

    items: list[T]
    """The entries of this page."""
    next_cursor: str | None = None
    """The `cursor` of the next page; null at the end."""


class PageQuery:
    """Which page the caller wants: at most `limit` items that come after `before`."""

    def __init__(self, limit: int, before: UUID | None) -> None:
        self.limit = limit
        self.before = before

    def page(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Make a page of `limit + 1` or fewer rows that have an `id`."""
        more = len(rows) > self.limit
        items = list(rows[: self.limit])
        return {"items": items, "next_cursor": items[-1].id.hex if more else None}


async def _page_query(
    limit: Annotated[int, Query(ge=1, le=100, description="how many entries at most")] = 20,
    cursor: Annotated[str | None, Query(max_length=64, description="the `next_cursor` of the page before")] = None,
) -> PageQuery:
    try:
        return PageQuery(limit, UUID(hex=cursor) if cursor else None)
    except ValueError:
        raise InvalidCursorError("Use the next_cursor of an earlier page, or leave it out.") from None


Since = Annotated[
    Timestamp | None, Query(description="only what was made at this moment or later, e.g. 2026-05-08T18:30:00Z")
]
PageDep = Annotated[PageQuery, Depends(_page_query)]
