from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient

from menu_service.service import search

Body = dict[str, Any]
Make = Callable[..., Body]
MakeThere = Callable[..., Awaitable[Body]]
NEVER = {"timezone": "Europe/Berlin", "weekly": []}


def place(lat: float, lng: float) -> Body:
    return {"line1": "Street 1", "city": "Town", "postal_code": "10115", "lat": lat, "lng": lng}


async def names(client: AsyncClient, **query: Any) -> list[str]:
    """Read every page, and return the names in order."""
    found: list[str] = []
    while True:
        answer = await client.get("/restaurants", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= query.get("limit", 20)
        found += [restaurant["name"] for restaurant in page["items"]]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


async def test_pages_list_the_newest_restaurants_first(client: AsyncClient, a_restaurant: MakeThere) -> None:
    for name in "ABCDE":
        await a_restaurant(name=name)

    assert [await names(client, limit=limit) for limit in (1, 2, 5, 100)] == [list("EDCBA")] * 4
    assert (await client.get("/restaurants", params={"limit": 5})).json()["next_cursor"] is None


async def test_a_search_matches_part_of_the_name(client: AsyncClient, a_restaurant: MakeThere) -> None:
    for name in ("Pizza Roma", "100% Vegan", "Sushi_Bar", "Crêperie"):
        await a_restaurant(name=name)

    found = {q: await names(client, q=q) for q in ("roma pizza", "100%", "%", "_", "CRÊ", "crep", "none", "' OR 1=1")}

    assert found == {
        "roma pizza": ["Pizza Roma"],
        "100%": ["100% Vegan"],
        "%": [],
        "_": [],
        "CRÊ": ["Crêperie"],
        "crep": ["Crêperie"],
        "none": [],
        "' OR 1=1": [],
    }


async def test_near_lists_restaurants_that_deliver_there_by_distance(
    client: AsyncClient, a_restaurant: MakeThere
) -> None:
    for name, lat, radius in (("2 km", 52.518, 3000), ("1 km", 52.509, 1100), ("too far", 52.509, 900)):
        await a_restaurant(name=name, place=place(lat, 13.4), radius_m=radius)
    await a_restaurant(name="here", place=place(52.5, 13.4), radius_m=100)
    await a_restaurant(name="40 km", place=place(52.5, 13.99), radius_m=50_000)
    await a_restaurant(name="other side", place=place(-52.5, -166.6), radius_m=50_000)

    expected = ["here", "1 km", "2 km", "40 km"]
    assert [await names(client, near="52.5,13.4", limit=limit) for limit in (1, 3, 100)] == [expected] * 3
    page = (await client.get("/restaurants", params={"near": "52.5,13.4", "limit": 2})).json()
    assert [restaurant["distance_m"] for restaurant in page["items"]] == [0, 1001]


async def test_restaurants_at_the_same_distance_appear_once_each(client: AsyncClient, a_restaurant: MakeThere) -> None:
    for name in "ABCDE":
        await a_restaurant(name=name)

    assert await names(client, near="52.52,13.405", limit=2) == list("ABCDE")


async def test_near_works_across_the_date_line(client: AsyncClient, a_restaurant: MakeThere) -> None:
    await a_restaurant(name="Taveuni", place=place(-16.8, 179.999), radius_m=3000)

    assert await names(client, near="-16.8,-179.999") == ["Taveuni"]


async def test_open_excludes_closed_and_paused_restaurants(
    client: AsyncClient, a_restaurant: MakeThere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "OPEN_BATCH", 2)
    monkeypatch.setattr(search, "OPEN_BATCHES", 2)
    for name in "ABCDEFGHIJ":
        await a_restaurant(name=name, hours=NEVER) if name in "BCDEFGI" else await a_restaurant(name=name)
    await a_restaurant(name="paused", paused=True)

    for limit in (1, 2, 3, 100):
        assert await names(client, open=True, limit=limit) == ["J", "H", "A"]
        assert await names(client, open=True, near="52.52,13.405", limit=limit) == ["A", "H", "J"]
    assert len(await names(client, open=False)) == 11


async def test_filters_can_be_combined(client: AsyncClient, a_restaurant: MakeThere) -> None:
    await a_restaurant(name="Pizza open")
    await a_restaurant(name="Pizza closed", hours=NEVER)
    await a_restaurant(name="Pizza far", place=place(10, 10))
    await a_restaurant(name="Sushi open")

    assert await names(client, q="pizza", near="52.52,13.405", open=True) == ["Pizza open"]


async def test_invalid_queries_are_refused(client: AsyncClient) -> None:
    questions: list[Body] = [
        *({"near": near} for near in ("91,0", "0,180.1", "1", "1,2,3", "nan,0", "")),
        *({"q": q} for q in ("", "a\x00b", "x" * 201)),
        *({"limit": limit} for limit in (0, 101)),
        {"open": "perhaps"},
        {"cursor": "nonsense"},
    ]

    answers = [(question, (await client.get("/restaurants", params=question)).status_code) for question in questions]

    assert answers == [(question, 422) for question in questions]


async def test_every_place_on_earth_is_accepted(client: AsyncClient) -> None:
    for near in ("90,180", "-90,-180", "-0,0.5", "52.52,13.405", "9.123456789,-99.9"):
        assert await names(client, near=near) == []
