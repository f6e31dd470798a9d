import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlmodel import func, select

from foodchassis import Database
from foodchassis.kernel import Envelope
from foodchassis.storage.tables import idempotency_keys
from foodchassis.testing import Issuer
from user_service.adapters.passwords import Passwords
from user_service.models import Address, Login, RefreshToken, User
from user_service.schemas.accounts import AdminCreate
from user_service.service import accounts

Ask = Callable[..., Awaitable[httpx2.Response]]
Published = Callable[[], Awaitable[list[Envelope]]]
HOME = {"line1": "1 Main St", "city": "Bern", "postal_code": "3000", "lat": 46.9, "lng": 7.4}
TABLES = (User, Address, Login, RefreshToken, idempotency_keys)


async def stored(app: FastAPI) -> list[int]:
    async with app.state.resources.get(Database).transaction() as session:
        return [(await session.exec(select(func.count()).select_from(table))).one() for table in TABLES]


async def test_an_erasure_deletes_all_data_and_publishes_an_event(
    client: httpx2.AsyncClient, app: FastAPI, an_account: Any, log_in: Ask, refresh: Ask, published: Published
) -> None:
    ada = await an_account()
    await client.post("/users/me/addresses", headers={**ada.headers, "Idempotency-Key": "home"}, json=HOME)
    await log_in()
    await refresh(ada.tokens["refresh_token"])
    await published()

    answer = await client.delete("/users/me", headers=ada.headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await stored(app) == [0, 0, 0, 0, 0]
    [event] = await published()
    assert (event.type, str(event.subject), event.sequence) == ("user.erased.v1", ada.id, 2)
    assert event.data == {"user_id": ada.id}


async def test_an_erasure_keeps_the_data_of_other_users(
    client: httpx2.AsyncClient, app: FastAPI, an_account: Any, refresh: Ask
) -> None:
    ada, eve = await an_account(), await an_account("eve@example.com")
    await client.post("/users/me/addresses", headers=eve.headers, json=HOME)

    await client.delete("/users/me", headers=ada.headers)

    assert await stored(app) == [1, 1, 1, 1, 0]
    assert (await refresh(eve.tokens["refresh_token"])).status_code == 200


async def test_tokens_of_an_erased_user_are_refused(
    client: httpx2.AsyncClient, an_account: Any, log_in: Ask, refresh: Ask
) -> None:
    ada = await an_account()
    kept = (await client.post("/users/me/addresses", headers=ada.headers, json=HOME)).json()["id"]
    await client.delete("/users/me", headers=ada.headers)

    assert (await refresh(ada.tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await log_in()).json()["error"] == "invalid_grant"
    for method, path, body in (
        ("GET", "/users/me", None),
        ("PATCH", "/users/me", {"name": "Ada"}),
        ("GET", "/users/me/addresses", None),
        ("POST", "/users/me/addresses", HOME),
        ("DELETE", f"/users/me/addresses/{kept}", None),
    ):
        assert (await client.request(method, path, headers=ada.headers, json=body)).status_code == 401, (method, path)


async def test_the_address_of_an_erased_user_may_sign_up_again(client: httpx2.AsyncClient, an_account: Any) -> None:
    first = await an_account()
    await client.delete("/users/me", headers=first.headers)

    second = await an_account(role="driver")

    assert second.id != first.id
    assert (await client.get("/users/me", headers=first.headers)).status_code == 401


async def test_erasure_happens_once(client: httpx2.AsyncClient, an_account: Any, published: Published) -> None:
    ada = await an_account()
    await published()

    at_once = await asyncio.gather(*(client.delete("/users/me", headers=ada.headers) for _ in range(4)))
    later = await client.delete("/users/me", headers=ada.headers)

    assert {answer.status_code for answer in at_once} <= {204, 401}
    assert later.status_code == 401
    assert [event.type for event in await published()] == ["user.erased.v1"]


async def test_an_admin_cannot_request_erasure(app: FastAPI, client: httpx2.AsyncClient, issuer: Issuer) -> None:
    admin_account = AdminCreate(email="root@example.com", name="Root", password=SecretStr("correct horse"))
    async with app.state.resources.get(Database).transaction() as session:
        admin: UUID = (await accounts.ensure_admin(session, admin_account)).id

    answer = await client.delete("/users/me", headers=issuer.bearer("admin", admin))

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/admin-stays")
    assert (await client.get("/users/me", headers=issuer.bearer("admin", admin))).status_code == 200


async def test_an_erasure_needs_a_token(client: httpx2.AsyncClient, app: FastAPI, an_account: Any) -> None:
    await an_account()

    assert (await client.delete("/users/me")).status_code == 401
    assert (await stored(app))[0] == 1


async def test_a_log_in_during_the_erasure_is_refused(
    client: httpx2.AsyncClient, app: FastAPI, an_account: Any, log_in: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await an_account()
    checking = Passwords.check

    async def erased_meanwhile(self: Passwords, *args: Any) -> tuple[bool, str | None]:
        assert (await client.delete("/users/me", headers=ada.headers)).status_code == 204
        return await checking(self, *args)

    monkeypatch.setattr(Passwords, "check", erased_meanwhile)
    answer = await log_in()

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert await stored(app) == [0, 0, 0, 0, 0]


async def test_an_erasure_deletes_what_concurrent_requests_store(
    client: httpx2.AsyncClient, app: FastAPI, an_account: Any, log_in: Ask, refresh: Ask
) -> None:
    for number in range(5):
        ada = await an_account()

        answers = await asyncio.gather(
            refresh(ada.tokens["refresh_token"]),
            client.post("/users/me/addresses", headers=ada.headers, json=HOME),
            client.delete("/users/me", headers=ada.headers),
            client.patch("/users/me", headers=ada.headers, json={"name": f"Ada {number}"}),
            log_in(),
        )

        assert {answer.status_code for answer in answers} <= {200, 201, 204, 400, 401, 404, 409}
        assert answers[2].status_code == 204
        assert await stored(app) == [0, 0, 0, 0, 0]
