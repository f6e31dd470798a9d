"""Cursor pages: `{"items": [...], "next_cursor": "…" | null}`, newest first by UUIDv7."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request
from sqlalchemy import Select
from sqlalchemy.orm import Mapped

from foodchassis.kernel.errors import UnprocessableError
from foodchassis.kernel.types import Schema, Timestamp, first_id

T = TypeVar("T")
Q = TypeVar("Q", bound="Select[*tuple[Any, ...]]")
MARK, HEX = 8, 32
AGAIN = "Use the next_cursor of an earlier page of this list, or omit it."


class InvalidCursorError(UnprocessableError):
    """The cursor was not issued by this service for this list."""

    title = "The cursor is not valid"


class Page(Schema, Generic[T]):
    """One page of a list."""

    items: list[T]
    """The entries of this page."""
    next_cursor: str | None = None
    """The `cursor` of the next page; null at the end."""


class PageQuery:
    """The requested page: at most `limit` items after `before`.

    A list that is not sorted by id passes a `key` to `cursor` and gets it back. `mark` identifies the list, so that a
    cursor of another list is refused.
    """

    def __init__(self, limit: int, before: UUID | None, key: float | None = None, mark: str = "") -> None:
        self.limit = limit
        self.before = before
        self.key = key
        self._mark = mark

    def cursor(self, last: UUID, key: float | None = None) -> str:
        """Return where the page after the entry `last` begins."""
        return f"{self._mark}{last.hex}" + ("" if key is None else key.hex())

    @property
    def moment(self) -> datetime:
        """The `key` of a list that is sorted by time, as a timestamp. Raises InvalidCursorError."""
        with suppress(ValueError, OverflowError):
            if self.key is not None:
                return datetime.fromtimestamp(self.key, UTC)
        raise InvalidCursorError(AGAIN)

    def of(self, query: Q, column: Mapped[UUID], since: datetime | None = None) -> Q:
        """Return `query` limited to this page and one more row, newest first by `column`, the UUIDv7 `id` of its rows.

        With `since`, only rows created at that time or later.
        """
        if since is not None:
            query = query.where(column >= first_id(since))
        if self.before is not None:
            query = query.where(column < self.before)
        return query.order_by(column.desc()).limit(self.limit + 1)

    def page(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Return the page of `limit + 1` or fewer rows that have an `id`."""
        more = len(rows) > self.limit
        items = list(rows[: self.limit])
        return {"items": items, "next_cursor": self.cursor(items[-1].id) if more else None}


def _mark(request: Request) -> str:
    """Return an identifier of the requested list: a digest of its path and filters."""
    parameters = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in {"limit", "cursor"})
    return hashlib.blake2b(repr((request.url.path, parameters)).encode(), digest_size=MARK // 2).hexdigest()


async def _page_query(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100, description="maximum number of entries")] = 20,
    cursor: Annotated[str | None, Query(max_length=80, description="the `next_cursor` of the previous page")] = None,
) -> PageQuery:
    mark = _mark(request)
    if not cursor:
        return PageQuery(limit, None, mark=mark)
    given, last, key = cursor[:MARK], cursor[MARK : MARK + HEX], cursor[MARK + HEX :]
    with suppress(ValueError, OverflowError):
        if given == mark:
            return PageQuery(limit, UUID(hex=last), float.fromhex(key) if key else None, mark)
    raise InvalidCursorError(AGAIN)


Since = Annotated[
    Timestamp | None, Query(description="only entries created at this time or later, e.g. 2026-05-08T18:30:00Z")
]
PageDep = Annotated[PageQuery, Depends(_page_query)]
