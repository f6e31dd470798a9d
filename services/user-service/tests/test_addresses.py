import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx2
from fastapi import FastAPI
from sqlalchemy import text

from foodchassis import Database
from user_service.settings import UserSettings

HOME = {"line1": "1 Main St", "city": "Bern", "postal_code": "3000", "lat": 46.9, "lng": 7.4}
PATH = "/users/me/addresses"


async def test_addresses_are_stored_and_deleted(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()

    home = await client.post(PATH, headers=ada.headers, json={**HOME, "label": "Home"})
    work = await client.post(PATH, headers=ada.headers, json={**HOME, "line1": "2 Side St"})
    assert (home.status_code, work.status_code) == (201, 201)
    assert home.json().items() >= {**HOME, "label": "Home"}.items()

    shown = await client.get(home.headers["location"], headers=ada.headers)
    assert (shown.status_code, shown.json()) == (200, home.json())

    listed = (await client.get(PATH, headers=ada.headers)).json()
    assert listed == {"items": [work.json(), home.json()], "next_cursor": None}

    forgotten = await client.delete(f"{PATH}/{home.json()['id']}", headers=ada.headers)
    assert (forgotten.status_code, forgotten.content) == (204, b"")
    assert (await client.get(PATH, headers=ada.headers)).json()["items"] == [work.json()]


async def test_addresses_come_in_pages(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()
    made = [(await client.post(PATH, headers=ada.headers, json=HOME)).json()["id"] for _ in range(5)]

    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = (await client.get(PATH, headers=ada.headers, params={"limit": "2", **cursor})).json()
        seen += [address["id"] for address in page["items"]]
        cursor = {"cursor": page["next_cursor"]}

    assert seen == made[::-1]
    assert cursor == {"cursor": None}


async def test_the_number_of_addresses_is_limited(client: httpx2.AsyncClient, an_account: Any, app: FastAPI) -> None:
    ada, eve = await an_account(), await an_account("eve@example.com")
    app.state.resources.get(UserSettings).addresses_per_account = 3

    answers = await asyncio.gather(*(client.post(PATH, headers=ada.headers, json=HOME) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["type"], refused["detail"]) == (
        "/problems/too-many-addresses",
        "You have 3 addresses; delete one first.",
    )
    made = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    await client.delete(f"{PATH}/{made}", headers=ada.headers)
    assert (await client.post(PATH, headers=ada.headers, json=HOME)).status_code == 201
    assert (await client.post(PATH, headers=eve.headers, json=HOME)).status_code == 201


async def test_another_users_address_is_not_found(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada, eve = await an_account(), await an_account("eve@example.com")
    home = (await client.post(PATH, headers=ada.headers, json=HOME)).json()["id"]

    foreign = await client.delete(f"{PATH}/{home}", headers=eve.headers)
    unknown = await client.delete(f"{PATH}/{uuid4()}", headers=eve.headers)

    assert foreign.status_code == unknown.status_code == 404
    varying = ("instance", "request_id", "trace_id")
    assert {k: v for k, v in foreign.json().items() if k not in varying} == {
        k: v for k, v in unknown.json().items() if k not in varying
    }
    assert (await client.get(PATH, headers=eve.headers)).json()["items"] == []
    assert len((await client.get(PATH, headers=ada.headers)).json()["items"]) == 1


async def test_a_bad_address_is_refused(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()
    headers = {**ada.headers, "Content-Type": "application/json"}

    for number in ("91", "NaN", "Infinity", "1e999", "true", '"46.9"'):
        body = json.dumps({**HOME, "lat": 0}).replace('"lat": 0', f'"lat": {number}')
        answer = await client.post(PATH, headers=headers, content=body)
        assert answer.status_code == 422, number


async def test_addresses_need_a_log_in(client: httpx2.AsyncClient) -> None:
    for method, path in (("GET", PATH), ("POST", PATH), ("DELETE", f"{PATH}/{uuid4()}")):
        answer = await client.request(method, path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_an_invalid_id_is_refused(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()

    assert (await client.delete(f"{PATH}/1", headers=ada.headers)).status_code == 422
    assert (await client.get(PATH, headers=ada.headers, params={"limit": 0})).status_code == 422
    assert (await client.get(PATH, headers=ada.headers, params={"cursor": "zz"})).status_code == 422


async def test_an_address_sent_again_with_its_key_is_stored_once(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()
    headers = {**ada.headers, "Idempotency-Key": "home"}

    first = await client.post(PATH, headers=headers, json=HOME)
    again = await client.post(PATH, headers=headers, json=HOME)
    other = await client.post(PATH, headers=headers, json={**HOME, "city": "Thun"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"] == f"{PATH}/{first.json()['id']}"
    assert (await client.get(PATH, headers=ada.headers)).json()["items"] == [first.json()]


async def test_an_address_of_another_is_not_shown(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada, bob = await an_account(), await an_account(email="bob@example.com")
    home = await client.post(PATH, headers=ada.headers, json=HOME)

    assert (await client.get(home.headers["location"], headers=bob.headers)).status_code == 404


async def test_an_address_has_a_floor_and_a_door_code(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()

    made = await client.post(PATH, headers=ada.headers, json={**HOME, "floor": "3rd", "door_code": "4711B"})

    assert (made.status_code, made.json()["floor"], made.json()["door_code"]) == (201, "3rd", "4711B")
    assert (await client.get(made.headers["location"], headers=ada.headers)).json() == made.json()
    assert (await client.post(PATH, headers=ada.headers, json={**HOME, "floor": "x" * 41})).status_code == 422


async def test_an_address_stored_by_an_earlier_release_is_returned(
    app: FastAPI, client: httpx2.AsyncClient, an_account: Any
) -> None:
    ada = await an_account()
    made = await client.post(PATH, headers=ada.headers, json=HOME)
    older = {"line1": "1 Main St\n2nd gate", "city": "Bern\u200b", "label": "Home\tsweet"}
    async with app.state.resources.get(Database).transaction() as session:
        changes = text("UPDATE addresses SET line1 = :line1, city = :city, label = :label")
        await (await session.connection()).execute(changes, older)

    shown = await client.get(made.headers["location"], headers=ada.headers)
    assert (shown.status_code, shown.json()) == (200, {**made.json(), **older})
    assert (await client.get("/users/me/export", headers=ada.headers)).json()["addresses"] == [shown.json()]
