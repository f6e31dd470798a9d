"""Cursor pages: `{"items": [...], "next_cursor": "…" | null}`, newest first by UUIDv7."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from foodchassis.kernel.errors import UnprocessableError
from foodchassis.kernel.types import Schema

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

    async def of(self, session: AsyncSession, query: SelectOfScalar[Any], column: Any) -> dict[str, Any]:
        """Return this page of what `query` selects, newest first by `column`: a UUIDv7, the `id` of its rows."""
        if self.before is not None:
            query = query.where(column < self.before)
        rows = await session.exec(query.order_by(column.desc()).limit(self.limit + 1))
        return self.page(rows.all())

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


PageDep = Annotated[PageQuery, Depends(_page_query)]
