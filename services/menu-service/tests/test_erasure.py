import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import aio_pika
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from foodchassis import Database
from foodchassis.kernel import Envelope
from foodchassis.messaging.broker import Broker
from foodchassis.testing import Issuer, eventually
from foodevents import UserErased
from menu_service.handlers import on_user_erased

Body = dict[str, Any]
Make = Callable[..., Body]
MakeThere = Callable[..., Awaitable[Body]]
Published = Callable[[], Awaitable[list[Envelope]]]
Headers = dict[str, str]


async def erase(app: FastAPI, user_id: UUID) -> None:
    async with app.state.resources.get(Database).transaction() as session:
        await on_user_erased(UserErased(user_id=user_id), session)


async def test_restaurants_of_an_erased_owner_are_paused_and_published(
    app: FastAPI, client: AsyncClient, a_restaurant: MakeThere, owner_id: UUID, published: Published
) -> None:
    opened = [await a_restaurant(), await a_restaurant(paused=True)]
    await published()

    await erase(app, owner_id)

    envelopes = {str(event.subject): event for event in await published()}
    assert set(envelopes) == {one["id"] for one in opened}
    for event in envelopes.values():
        assert (event.type, event.sequence, event.data["version"]) == ("restaurant.updated.v1", 2, 2)
        assert (event.data["paused"], event.data["owner_id"]) == (True, str(owner_id))
    for one in opened:
        shown = (await client.get(f"/restaurants/{one['id']}")).json()
        assert shown == {**one, "paused": True, "open_now": False, "version": 2}


async def test_restaurants_of_other_owners_stay_unchanged(
    app: FastAPI, client: AsyncClient, a_restaurant: MakeThere, owner: Headers, published: Published
) -> None:
    path = f"/restaurants/{(await a_restaurant())['id']}"
    await published()

    await erase(app, uuid4())

    assert await published() == []
    assert (await client.patch(path, json={"prep_minutes": 30}, headers=owner)).status_code == 200


async def test_a_closed_restaurant_and_its_menu_cannot_be_changed(
    app: FastAPI,
    client: AsyncClient,
    *,
    a_restaurant: MakeThere,
    an_item: MakeThere,
    item_body: Make,
    owner: Headers,
    owner_id: UUID,
    published: Published,
) -> None:
    restaurant = await a_restaurant()
    path = f"/restaurants/{restaurant['id']}"
    dish = f"{path}/items/{(await an_item(restaurant))['id']}"
    await erase(app, owner_id)
    await published()

    for method, where, body in (
        ("PATCH", path, {"paused": False}),
        ("POST", f"{path}/items", item_body()),
        ("PATCH", dish, {"price": 1}),
        ("DELETE", dish, None),
    ):
        answer = await client.request(method, where, json=body, headers=owner)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/restaurant-not-found")
    assert await published() == []
    assert (await client.get(f"{path}/menu")).json()["items"][0]["price"] == 900


async def test_a_closed_restaurant_is_not_found_in_searches(
    app: FastAPI, client: AsyncClient, a_restaurant: MakeThere, owner_id: UUID
) -> None:
    await a_restaurant()
    assert len((await client.get("/restaurants")).json()["items"]) == 1

    await erase(app, owner_id)

    for query in ({}, {"q": "trattoria"}, {"near": "52.52,13.405"}):
        assert (await client.get("/restaurants", params=query)).json()["items"] == []


async def test_a_token_of_an_erased_account_opens_no_restaurant(
    app: FastAPI, client: AsyncClient, restaurant_body: Make, owner: Headers, owner_id: UUID, issuer: Issuer
) -> None:
    await erase(app, owner_id)

    refused = await client.post("/restaurants", json=restaurant_body(), headers=owner)
    taken = await client.post("/restaurants", json=restaurant_body(), headers=issuer.bearer("restaurant"))

    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/owner-erased")
    assert taken.status_code == 201


async def test_a_repeated_erasure_changes_nothing(
    app: FastAPI, a_restaurant: MakeThere, owner_id: UUID, published: Published
) -> None:
    await a_restaurant()
    await erase(app, owner_id)
    await published()

    await erase(app, owner_id)

    assert await published() == []


async def test_requests_during_the_erasure_are_refused_or_their_restaurant_is_paused(
    app: FastAPI, client: AsyncClient, *, restaurant_body: Make, issuer: Issuer
) -> None:
    for _ in range(8):
        erased = uuid4()
        caller = issuer.bearer("restaurant", erased)
        first = (await client.post("/restaurants", json=restaurant_body(), headers=caller)).json()

        opened, changed, _ = await asyncio.gather(
            client.post("/restaurants", json=restaurant_body(), headers=caller),
            client.patch(f"/restaurants/{first['id']}", json={"paused": False, "prep_minutes": 99}, headers=caller),
            erase(app, erased),
        )

        assert opened.status_code in {201, 403}
        assert changed.status_code in {200, 404}
        for one in [first, *([opened.json()] if opened.status_code == 201 else [])]:
            assert (await client.get(f"/restaurants/{one['id']}")).json()["paused"] is True


async def test_the_erasure_event_closes_the_restaurant(
    live_app: FastAPI, restaurant_body: Make, owner: Headers, owner_id: UUID
) -> None:
    event = UserErased(user_id=owner_id)
    envelope = Envelope(
        source="/user-service",
        type=event.event_type,
        subject=owner_id,
        sequence=2,
        correlationid="test",
        causationid="test",
        data=event.model_dump(mode="json"),
    )
    async with AsyncClient(transport=ASGITransport(live_app), base_url="http://service") as client:
        path = f"/restaurants/{(await client.post('/restaurants', json=restaurant_body(), headers=owner)).json()['id']}"
        message = aio_pika.Message(envelope.model_dump_json().encode())
        broker = live_app.state.resources.get(Broker)
        await broker.exchange(broker.events).publish(message, event.routing_key)

        async def paused() -> bool:
            return bool((await client.get(path)).json()["paused"])

        await eventually(paused)
