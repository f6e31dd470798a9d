"""Currencies, taxes and names of restaurants in all countries."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel import Envelope

Body = dict[str, Any]
Make = Callable[..., Body]
MakeThere = Callable[..., Awaitable[Body]]
Headers = dict[str, str]
Published = Callable[[], Awaitable[list[Envelope]]]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("lodzka", "Restauracja Łódzka"), ("smorrebrod", "Aamanns Smørrebrød"), ("pho dac biet", "Phở Đặc Biệt"),
        ("l'etoile", "L\u2019Étoile"), ("L\u2019ETOILE", "L'etoile"), ("strasse", "Straße 7"),
        ("letoile", "L\u2019Étoile"), ("rock n roll", "Rock \u2018n\u2019 Roll"), ("cafe bar", "Café\u2010Bar"),
    ],
)  # fmt: skip
async def test_a_name_is_found_in_usual_spellings(
    client: AsyncClient, a_restaurant: MakeThere, typed: str, name: str
) -> None:
    made = await a_restaurant(name=name)
    await a_restaurant(name="Somewhere else")

    found = (await client.get("/restaurants", params={"q": typed})).json()["items"]

    assert [one["id"] for one in found] == [made["id"]]


@pytest.mark.parametrize(("currency", "price"), [("IDR", 350_000_00), ("LBP", 1_800_000_00), ("IRR", 12_000_000_00)])
async def test_a_dish_can_have_usual_prices_in_each_currency(
    client: AsyncClient, a_restaurant: MakeThere, item_body: Make, owner: Headers, currency: str, price: int
) -> None:
    place = await a_restaurant(currency=currency, delivery_fee=0)

    made = await client.post(f"/restaurants/{place['id']}/items", json=item_body(price=price), headers=owner)

    assert (made.status_code, made.json()["price"]) == (201, price)


async def test_every_amount_is_bounded_by_its_currency(
    client: AsyncClient, a_restaurant: MakeThere, item_body: Make, restaurant_body: Make, owner: Headers
) -> None:
    place = await a_restaurant()
    items = f"/restaurants/{place['id']}/items"
    dish = (await client.post(items, json=item_body(), headers=owner)).json()
    groups = [{"name": "Size", "min": 0, "max": 1, "options": [{"name": "Gold", "price": 10**8 + 1}]}]

    refused = [
        await client.post(items, json=item_body(price=10**8 + 1), headers=owner),
        await client.post(items, json=item_body(option_groups=groups), headers=owner),
        await client.patch(f"{items}/{dish['id']}", json={"price": 10**8 + 1}, headers=owner),
        await client.patch(f"/restaurants/{place['id']}", json={"delivery_fee": 10**8 + 1}, headers=owner),
        await client.post("/restaurants", json=restaurant_body(delivery_fee=10**8 + 1), headers=owner),
    ]

    assert {(one.status_code, one.json()["type"], one.json()["most"]) for one in refused} == {
        (422, "/problems/amount-too-large", 10**8)
    }


@pytest.mark.parametrize(
    ("sent", "ppm", "bp"),
    [
        ({"tax_rate_ppm": 88_750}, 88_750, 888), ({"tax_rate_ppm": 99_750}, 99_750, 998),
        ({"tax_rate_bp": 700}, 70_000, 700), ({"tax_rate_ppm": 0}, 0, 0),
    ],
)  # fmt: skip
async def test_a_tax_rate_is_exact(
    client: AsyncClient, restaurant_body: Make, owner: Headers, published: Published, sent: Body, ppm: int, bp: int
) -> None:
    body = {name: value for name, value in restaurant_body().items() if name != "tax_rate_bp"}

    made = (await client.post("/restaurants", json={**body, **sent}, headers=owner)).json()
    changed = await client.patch(f"/restaurants/{made['id']}", json=sent, headers=owner)

    [event] = await published()
    for shown in (made, changed.json(), event.data):
        assert (shown["tax_rate_ppm"], shown["tax_rate_bp"]) == (ppm, bp)


@pytest.mark.parametrize(("bp", "status"), [(888, 200), (1900, 422)])
async def test_a_tax_rate_in_both_units_must_agree(
    client: AsyncClient, restaurant_body: Make, owner: Headers, bp: int, status: int
) -> None:
    both = {"tax_rate_ppm": 88_750, "tax_rate_bp": bp}
    made = await client.post("/restaurants", json=restaurant_body(**both), headers=owner)
    assert made.status_code == (201 if status == 200 else status)

    made = await client.post("/restaurants", json=restaurant_body(), headers=owner)
    changed = await client.patch(f"/restaurants/{made.json()['id']}", json=both, headers=owner)
    assert changed.status_code == status


async def test_a_rate_stored_by_the_previous_release_is_used(
    client: AsyncClient, restaurant_body: Make, owner: Headers, session: AsyncSession
) -> None:
    made = (
        await client.post("/restaurants", json=restaurant_body(tax_rate_ppm=88_750, tax_rate_bp=888), headers=owner)
    ).json()
    await (await session.connection()).execute(text("UPDATE restaurants SET tax_rate_bp = 1900"))
    await session.commit()

    assert (await client.get(f"/restaurants/{made['id']}")).json()["tax_rate_ppm"] == 190_000


async def test_a_dish_is_sold_out_when_its_required_options_are(
    client: AsyncClient, a_restaurant: MakeThere, item_body: Make, owner: Headers
) -> None:
    place = await a_restaurant()
    items = f"/restaurants/{place['id']}/items"
    dish = (await client.post(items, json=item_body(), headers=owner)).json()
    groups = dish["option_groups"]

    async def shown() -> list[bool]:
        menu = (await client.get(f"/restaurants/{place['id']}/menu")).json()
        return [menu["items"][0]["available"], (await client.get(f"{items}/{dish['id']}")).json()["available"]]

    seen = [await shown()]
    for group, option in ((1, 0), (0, 0), (0, 1)):
        groups[group]["options"][option]["available"] = False
        await client.patch(f"{items}/{dish['id']}", json={"option_groups": groups}, headers=owner)
        seen.append(await shown())
    groups[0]["options"][0]["available"] = True
    await client.patch(f"{items}/{dish['id']}", json={"option_groups": groups}, headers=owner)

    assert seen == [[True] * 2, [True] * 2, [True] * 2, [False] * 2]
    assert await shown() == [True, True]


async def test_a_restaurant_that_moves_between_pages_hides_no_other(
    client: AsyncClient, a_restaurant: MakeThere, owner: Headers
) -> None:
    here = {"line1": "A", "city": "B", "postal_code": "", "lng": 13.405}
    made = [(await a_restaurant(place={**here, "lat": 52.52 + step / 1000}))["id"] for step in range(4)]
    near: dict[str, str | int] = {"near": "52.52,13.405", "limit": 2}

    first = (await client.get("/restaurants", params=near)).json()
    moved = await client.patch(f"/restaurants/{made[1]}", json={"place": {**here, "lat": 52.5235}}, headers=owner)
    rest = (await client.get("/restaurants", params={**near, "cursor": first["next_cursor"]})).json()

    assert moved.status_code == 200
    assert [one["id"] for one in first["items"]] == made[:2]
    assert {one["id"] for one in rest["items"]} >= {made[2]}


async def test_a_cursor_belongs_to_its_list(client: AsyncClient, a_restaurant: MakeThere) -> None:
    for _ in range(2):
        await a_restaurant()
    cursor = (await client.get("/restaurants?limit=1")).json()["next_cursor"]

    accepted = await client.get("/restaurants", params={"limit": 5, "cursor": cursor})
    wrong = [
        await client.get("/restaurants", params={**other, "cursor": cursor})
        for other in ({"q": "uno"}, {"open": "true"}, {"near": "52.52,13.405"})
    ]

    assert (accepted.status_code, len(accepted.json()["items"])) == (200, 1)
    assert {(one.status_code, one.json()["type"]) for one in wrong} == {(422, "/problems/invalid-cursor")}


async def test_names_accepted_by_an_earlier_release_are_shown(
    client: AsyncClient, session: AsyncSession, owner: dict[str, str], a_restaurant: MakeThere
) -> None:
    created = await a_restaurant()
    older = {"name": "Mom\u00ad\u200bs\tDiner", "line1": "Ring 1\nAt the back", "city": "\u3164"}
    changes = text("UPDATE restaurants SET name = :name, line1 = :line1, city = :city")
    await (await session.connection()).execute(changes, older)
    await session.commit()

    shown = await client.get(f"/restaurants/{created['id']}")
    assert shown.status_code == 200
    assert shown.json()["name"] == older["name"]
    assert shown.json()["place"].items() >= {"line1": older["line1"], "city": older["city"]}.items()
    assert (await client.get("/restaurants")).json()["items"][0]["name"] == older["name"]

    paused = await client.patch(f"/restaurants/{created['id']}", headers=owner, json={"paused": True})
    assert paused.status_code == 200
