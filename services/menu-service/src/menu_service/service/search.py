"""The search for restaurants by name, place and opening hours."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Double, cast, literal, null, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Page, PageQuery
from foodchassis.storage import has_words
from foodevents import Standing
from menu_service.models import Restaurant
from menu_service.schemas import RestaurantFound
from menu_service.service.geo import Point, distance_m, latitudes_in_reach

OPEN_BATCH = 200
OPEN_BATCHES = 5


@dataclass(frozen=True)
class Search:
    """The search parameters; `near` finds restaurants that deliver to that place."""

    q: str | None = None
    near: Point | None = None
    open: bool = False


async def find_restaurants(session: AsyncSession, search: Search, page: PageQuery) -> Page[RestaurantFound]:
    """Return the next page: newest first, or nearest first when a place is given.

    The cursor contains the last restaurant and its distance: changes between two pages neither repeat nor hide
    others. Opening hours are checked here, not in SQL, for at most 1,000 restaurants per page: a page may be short,
    and only a `next_cursor` of null means the end.
    """
    found: list[RestaurantFound] = []
    last: tuple[UUID | None, float | None] = page.before, page.key
    cursor: str | None = None
    batch, batches = (OPEN_BATCH, OPEN_BATCHES) if search.open else (page.limit + 1, 1)
    for _ in range(batches):
        rows = (await session.exec(_matching(search, *last).limit(batch))).all()
        for row, metres in rows:
            if len(found) == page.limit:
                return Page(items=found, next_cursor=cursor)
            if row.open_now or not search.open:
                found.append(_found(row, metres))
                cursor = page.cursor(row.id, metres)
        if len(rows) < batch:
            return Page(items=found)
        row, metres = rows[-1]
        last, cursor = (row.id, metres), page.cursor(row.id, metres)
    return Page(items=found, next_cursor=cursor)


def _matching(search: Search, before: UUID | None, passed: float | None) -> Any:
    metres = cast(null(), Double) if search.near is None else distance_m(Restaurant.lat, Restaurant.lng, search.near)
    listed = (col(Restaurant.closed_at).is_(None), col(Restaurant.standing) == Standing.APPROVED)
    query = select(Restaurant, metres).where(*listed)
    if search.q is not None:
        query = query.where(has_words(col(Restaurant.folded_name), search.q))
    if search.open:
        query = query.where(col(Restaurant.paused).is_(False))
    if search.near is None:
        query = query.order_by(col(Restaurant.id).desc())
        return query if before is None else query.where(col(Restaurant.id) < before)
    query = query.where(
        col(Restaurant.lat).between(*latitudes_in_reach(search.near)), metres <= col(Restaurant.radius_m)
    )
    if before is not None and passed is not None:
        query = query.where(tuple_(metres, col(Restaurant.id)) > tuple_(literal(passed), literal(before)))
    return query.order_by(metres, col(Restaurant.id))


def _found(row: Restaurant, metres: float | None) -> RestaurantFound:
    found = RestaurantFound.model_validate(row)
    return found if metres is None else found.model_copy(update={"distance_m": round(metres)})
