"""Lists have pages, newest first, that contain each entry exactly once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from review_service.models import Review
from sqlmodel import col, select

from foodchassis import Database, PageQuery, first_id, new_id
from foodchassis.web.pagination import InvalidCursorError


@pytest.fixture
async def reviews(app: FastAPI) -> list[UUID]:
    """Seven reviews, newest first, and one without stars, which the list excludes."""
    ids = sorted((new_id() for _ in range(7)), reverse=True)
    async with app.state.resources.get(Database).transaction() as session:
        for one in ids:
            session.add(Review(id=one, order_id=uuid4(), customer_id=uuid4(), stars=5, text="good"))
        session.add(Review(order_id=uuid4(), customer_id=uuid4()))
    return ids


async def walked(client: AsyncClient, limit: int) -> list[list[str]]:
    pages, cursor = list[list[str]](), None
    while True:
        query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/reviews", params=query)).json()
        pages.append([one["id"] for one in page["items"]])
        if (cursor := page["next_cursor"]) is None:
            return pages


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 7), (3, [3, 3, 1]), (7, [7]), (100, [7])])
async def test_pages_contain_every_entry_once(
    client: AsyncClient, reviews: list[UUID], limit: int, sizes: list[int]
) -> None:
    pages = await walked(client, limit)

    assert [len(page) for page in pages] == sizes
    assert [UUID(one) for page in pages for one in page] == reviews


async def test_a_new_entry_does_not_shift_pages(app: FastAPI, client: AsyncClient, reviews: list[UUID]) -> None:
    first = (await client.get("/reviews", params={"limit": 3})).json()
    async with app.state.resources.get(Database).transaction() as session:
        session.add(Review(order_id=uuid4(), customer_id=uuid4(), stars=1, text="new"))
    second = (await client.get("/reviews", params={"limit": 3, "cursor": first["next_cursor"]})).json()

    assert [UUID(one["id"]) for one in second["items"]] == reviews[3:6]


async def test_an_empty_list_is_one_empty_page(client: AsyncClient) -> None:
    assert (await client.get("/reviews")).json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=many", "cursor=not-a-cursor", "cursor=" + "0" * 65])
async def test_a_wrong_page_is_refused(client: AsyncClient, query: str) -> None:
    refused = await client.get(f"/reviews?{query}")

    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"


async def test_a_query_may_be_narrowed_first(app: FastAPI, reviews: list[UUID]) -> None:
    async with app.state.resources.get(Database).transaction() as session:
        older = select(Review).where(col(Review.id) < reviews[4])
        page = PageQuery(1, before=None)
        found = (await session.exec(page.of(older, col(Review.id)))).all()

    assert [one.id for one in found] == reviews[5:]
    assert page.page(found)["items"] == found[:1]


async def test_a_list_can_be_limited_by_time(app: FastAPI) -> None:
    moment = datetime(2026, 5, 8, 18, 30, tzinfo=UTC)
    ids = [first_id(moment + timedelta(milliseconds=step)) for step in (1, 0, -1)]
    async with app.state.resources.get(Database).transaction() as session:
        session.add_all(Review(id=one, order_id=uuid4(), customer_id=uuid4(), stars=5, text="good") for one in ids)
        query = PageQuery(10, before=None).of(select(Review).where(col(Review.id).in_(ids)), col(Review.id), moment)
        found = (await session.exec(query)).all()

    assert [one.id for one in found] == ids[:2]


async def test_a_cursor_is_good_for_the_list_that_gave_it(client: AsyncClient, reviews: list[UUID]) -> None:
    cursor = (await client.get("/reviews", params={"limit": 3})).json()["next_cursor"]
    mark, last = cursor[:8], cursor[8:]

    for changed in (f"{'0' * 8}{last}", f"{mark}{last[:-1]}", f"{mark}{last}junk", f"{mark}{last}0x1p99999", mark):
        refused = await client.get("/reviews", params={"cursor": changed})
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-cursor")
    # How many come at once is no part of the list.
    assert (await client.get("/reviews", params={"cursor": cursor, "limit": 1})).status_code == 200


def test_a_cursor_brings_the_key_of_a_list_back_to_the_last_bit() -> None:
    last, key = new_id(), 0.1 + 0.2

    cursor = PageQuery(10, None, mark="m" * 8).cursor(last, key)

    assert (cursor[:8], UUID(cursor[8:40]), float.fromhex(cursor[40:])) == ("m" * 8, last, key)


def test_the_key_of_a_list_of_moments_is_a_moment() -> None:
    moment = datetime(2026, 5, 8, 18, 30, 0, 123456, tzinfo=UTC)

    assert PageQuery(10, new_id(), moment.timestamp()).moment == moment


@pytest.mark.parametrize("key", [None, float("nan"), float("inf"), -float("inf"), 1e300])
def test_a_key_that_is_no_moment_is_refused(key: float | None) -> None:
    with pytest.raises(InvalidCursorError):
        _ = PageQuery(10, new_id(), key).moment
