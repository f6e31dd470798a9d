import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from httpx2 import AsyncClient

from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer
from foodevents import RestaurantUpdated
from menu_service.settings import MenuSettings

Body = dict[str, Any]
Make = Callable[..., Body]
MakeThere = Callable[..., Awaitable[Body]]
Published = Callable[[], Awaitable[list[Envelope]]]
Headers = dict[str, str]
NO_DOOR_CODE = {"floor": None, "door_code": None}


async def test_an_opened_restaurant_is_public(
    client: AsyncClient, a_restaurant: MakeThere, restaurant_body: Make
) -> None:
    created = await a_restaurant()

    shown = await client.get(f"/restaurants/{created['id']}")

    assert shown.status_code == 200
    assert shown.json() == created
    assert created == {
        **restaurant_body(),
        "id": created["id"],
        "version": 1,
        "minor_units": 2,
        "tax_rate_ppm": 70_000,
        "tax_rates": dict.fromkeys(["cold_food", "soft_drink", "alcohol", "other", "fees"]),
        "prices_include_tax": False,
        "open_now": True,
        "paused": False,
        "auto_accept": False,
        "standing": "approved",
    }


async def test_opening_publishes_the_whole_restaurant(
    a_restaurant: MakeThere, published: Published, owner_id: UUID
) -> None:
    created = await a_restaurant(auto_accept=True)

    [envelope] = await published()

    event = RestaurantUpdated.model_validate(envelope.data)
    assert (envelope.type, envelope.sequence, str(envelope.subject)) == ("restaurant.updated.v1", 1, created["id"])
    assert (event.owner_id, event.version, event.auto_accept) == (owner_id, 1, True)
    data = event.model_dump(mode="json", exclude_none=True)
    assert data.pop("tax_rates") == {}
    assert {name: data[name] for name in created if name in data and name != "hours"} == {
        name: created[name] for name in created if name in data and name != "hours"
    }
    assert data["hours"]["weekly"][0] == {"weekday": 0, "opens": "00:00:00", "closes": "00:00:00"}


async def test_a_change_keeps_other_fields_and_publishes_the_next_version(
    client: AsyncClient, a_restaurant: MakeThere, owner: Headers, published: Published
) -> None:
    created = await a_restaurant()
    moved = {**created["place"], "lat": -33.9, "line1": "Elsewhere 2"}

    changed = await client.patch(f"/restaurants/{created['id']}", json={"paused": True, "place": moved}, headers=owner)

    assert changed.status_code == 200
    assert changed.json() == {**created, "paused": True, "place": moved, "version": 2, "open_now": False}
    _, envelope = await published()
    assert (envelope.sequence, envelope.data["version"], envelope.data["paused"], envelope.data["place"]) == (
        2,
        2,
        True,
        {**moved, **NO_DOOR_CODE},
    )


async def test_a_change_without_effect_is_not_published(
    client: AsyncClient, a_restaurant: MakeThere, owner: Headers, published: Published
) -> None:
    created = await a_restaurant()
    await published()

    for same in ({}, {"paused": False, "hours": created["hours"], "place": created["place"]}):
        answer = await client.patch(f"/restaurants/{created['id']}", json=same, headers=owner)
        assert (answer.status_code, answer.json()) == (200, created)

    assert await published() == []


async def test_concurrent_changes_are_applied_one_after_another(
    client: AsyncClient, a_restaurant: MakeThere, owner: Headers, published: Published
) -> None:
    path = f"/restaurants/{(await a_restaurant())['id']}"

    answers = await asyncio.gather(*(client.patch(path, json={"delivery_fee": fee}, headers=owner) for fee in range(8)))

    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 10))
    envelopes = await published()
    assert [envelope.sequence for envelope in envelopes] == list(range(1, 10))
    assert envelopes[-1].data["delivery_fee"] == (await client.get(path)).json()["delivery_fee"]


async def test_a_change_of_an_old_version_is_refused(
    client: AsyncClient, a_restaurant: MakeThere, owner: Headers
) -> None:
    path = f"/restaurants/{(await a_restaurant())['id']}"

    first = await client.patch(path, json={"prep_minutes": 30}, headers={**owner, "If-Match": '"1"'})
    second = await client.patch(path, json={"prep_minutes": 40}, headers={**owner, "If-Match": '"1"'})
    third = await client.patch(path, json={"prep_minutes": 50}, headers={**owner, "If-Match": "*"})

    assert [first.status_code, second.status_code, third.status_code] == [200, 412, 200]
    assert (second.json()["type"], second.json()["version"]) == ("/problems/stale-version", 2)


async def test_the_currency_cannot_change_while_the_menu_has_prices(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers
) -> None:
    restaurant = await a_restaurant()
    path = f"/restaurants/{restaurant['id']}"
    item = await an_item(restaurant)

    refused = await client.patch(path, json={"currency": "JPY"}, headers=owner)
    await client.delete(f"{path}/items/{item['id']}", headers=owner)
    taken = await client.patch(path, json={"currency": "JPY"}, headers=owner)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/currency-in-use")
    assert (taken.status_code, taken.json()["minor_units"], taken.json()["version"]) == (200, 0, 2)


async def test_opening_and_changing_restaurants_requires_the_restaurant_role(
    client: AsyncClient, a_restaurant: MakeThere, issuer: Issuer, owner_id: UUID
) -> None:
    path = f"/restaurants/{(await a_restaurant())['id']}"

    for caller in (issuer.bearer(role, owner_id) for role in ("customer", "driver", "admin")):
        opened = await client.post("/restaurants", json={}, headers=caller)
        changed = await client.patch(path, json={"paused": True}, headers=caller)
        assert [opened.status_code, changed.status_code] == [403, 403]

    assert (await client.get(path)).json()["version"] == 1


async def test_opening_and_changing_restaurants_requires_a_token(
    client: AsyncClient, a_restaurant: MakeThere, restaurant_body: Make, issuer: Issuer, owner_id: UUID
) -> None:
    path = f"/restaurants/{(await a_restaurant())['id']}"
    for headers in ({}, issuer.bearer("restaurant", owner_id, exp=1)):
        opened = await client.post("/restaurants", json=restaurant_body(), headers=headers)
        changed = await client.patch(path, json={"paused": True}, headers=headers)
        assert [opened.status_code, changed.status_code] == [401, 401]


async def test_another_owners_restaurant_responds_like_an_unknown_one(
    client: AsyncClient, a_restaurant: MakeThere, stranger: Headers
) -> None:
    foreign = f"/restaurants/{(await a_restaurant())['id']}"
    unknown = f"/restaurants/{uuid4()}"

    answers = [await client.patch(path, json={"paused": True}, headers=stranger) for path in (foreign, unknown)]

    assert [answer.status_code for answer in answers] == [404, 404]
    different = {"instance", "request_id", "trace_id"}
    foreign_body, unknown_body = ({k: v for k, v in a.json().items() if k not in different} for a in answers)
    assert foreign_body == unknown_body
    assert (await client.get(foreign)).json()["version"] == 1
    assert (await client.get(unknown)).status_code == 404


async def test_invalid_bodies_paths_and_headers_are_refused_with_the_field(
    client: AsyncClient, a_restaurant: MakeThere, restaurant_body: Make, owner: Headers
) -> None:
    path = f"/restaurants/{(await a_restaurant())['id']}"
    json = {**owner, "Content-Type": "application/json"}

    answers = [
        await client.post("/restaurants", json=restaurant_body(surprise=1), headers=owner),
        await client.patch(path, json={"name": None}, headers=owner),
        await client.patch(path, content='{"delivery_fee": NaN}', headers=json),
        await client.patch(path, json={"paused": True}, headers={**owner, "If-Match": "x"}),
        await client.get("/restaurants/not-an-id"),
    ]

    assert [answer.status_code for answer in answers] == [422] * 5
    fields = [answer.json()["errors"][0]["field"] for answer in answers]
    assert fields == ["body.surprise", "body.name", "body.delivery_fee", "header.If-Match", "path.restaurant_id"]
    assert (await client.patch(path, content="{", headers=json)).status_code == 400
    assert (await client.put(path, json={}, headers=owner)).status_code == 405


async def test_repeated_requests_with_their_keys_create_one_restaurant_and_dish(
    client: AsyncClient, restaurant_body: Make, item_body: Make, owner: Headers, published: Published
) -> None:
    bodies = {"/restaurants": restaurant_body(), "/restaurants/{id}/items": item_body()}
    opened: Body = {"id": ""}
    for path, body in bodies.items():
        url, headers = path.format(**opened), {**owner, "Idempotency-Key": path}
        first = await client.post(url, json=body, headers=headers)
        again = await client.post(url, json=body, headers=headers)

        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
        shown = await client.get(first.headers["location"])
        assert (shown.status_code, shown.json()) == (200, first.json())
        opened = {"id": opened["id"] or first.json()["id"]}

    assert [event.type for event in await published()] == ["restaurant.updated.v1", "menu.item_updated.v1"]


async def test_each_request_without_a_key_opens_a_restaurant(
    client: AsyncClient, restaurant_body: Make, owner: Headers
) -> None:
    opened = [await client.post("/restaurants", json=restaurant_body(), headers=owner) for _ in range(2)]

    assert len({answer.headers["location"] for answer in opened}) == 2


async def test_an_owner_lists_their_own_restaurants(client: AsyncClient, issuer: Issuer, restaurant_body: Make) -> None:
    mine, other = issuer.bearer("restaurant"), issuer.bearer("restaurant")
    opened = [(await client.post("/restaurants", json=restaurant_body(), headers=mine)).json() for _ in range(3)]
    made = [{**one, "standing_reason": None, "role": "owner"} for one in opened]
    await client.post("/restaurants", json=restaurant_body(), headers=other)

    whole = (await client.get("/restaurants/mine", headers=mine)).json()
    first = (await client.get("/restaurants/mine?limit=2", headers=mine)).json()
    rest = (await client.get("/restaurants/mine", params={"cursor": first["next_cursor"]}, headers=mine)).json()

    assert whole == {"items": made[::-1], "next_cursor": None}
    assert first["items"] + rest["items"] == made[::-1]
    assert (await client.get("/restaurants/mine", headers=issuer.bearer("customer"))).status_code == 403
    assert (await client.get("/restaurants/mine")).status_code == 401


async def test_a_response_has_an_etag_and_a_change_may_name_several(
    client: AsyncClient, a_restaurant: MakeThere, owner: Headers
) -> None:
    made = await a_restaurant()
    path = f"/restaurants/{made['id']}"

    async def change(expected: str, **what: Any) -> tuple[int, str | None]:
        answer = await client.patch(path, json=what, headers={**owner, "If-Match": expected})
        return answer.status_code, answer.headers.get("etag")

    assert (await client.get(path)).headers["etag"] == '"1"'
    assert await change('"1"', paused=True) == (200, '"2"')
    assert await change('"1"', paused=False) == (412, None)
    assert await change('"1", "2","7"', paused=False) == (200, '"3"')
    assert await change('"1", "2"', paused=True) == (412, None)
    assert await change("*", paused=True) == (200, '"4"')
    for of_nothing in ('W/"4"', '"x"', '"04"', '""', '"4.4"', f'"{10**9}"'):
        assert await change(of_nothing, paused=False) == (412, None)
    assert await change('"x", W/"4", "4"', paused=True) == (200, '"4"')
    for malformed in ('"1" "2"', "4", '"4",', 'w/"4"', '"4'):
        assert (await change(malformed, paused=False))[0] == 422


async def test_the_number_of_restaurants_per_account_is_limited_under_concurrency(
    app: FastAPI, client: AsyncClient, restaurant_body: Make, owner: Headers, stranger: Headers
) -> None:
    app.state.resources.get(MenuSettings).restaurants_per_account = 2

    requests = [client.post("/restaurants", json=restaurant_body(), headers=owner) for _ in range(4)]
    answers = sorted(await asyncio.gather(*requests), key=lambda answer: answer.status_code)

    assert [answer.status_code for answer in answers] == [201, 201, 409, 409]
    assert answers[-1].json()["title"] == "The account may not have more restaurants"
    assert len((await client.get("/restaurants/mine", headers=owner)).json()["items"]) == 2
    assert (await client.post("/restaurants", json=restaurant_body(), headers=stranger)).status_code == 201
