import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from sqlalchemy.event import listen
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database
from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer, eventually
from user_service.adapters.passwords import Passwords
from user_service.models import User
from user_service.service.names import fold_names

Published = Callable[[], Awaitable[list[Envelope]]]
ADA = {"email": "Ada@Example.com", "password": "correct horse", "name": "Ada", "role": "customer"}


@pytest.mark.parametrize("role", ["customer", "restaurant", "driver"])
async def test_a_user_signs_up(client: httpx2.AsyncClient, published: Published, role: str) -> None:
    answer = await client.post("/users", json={**ADA, "role": role})

    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == {"id", "email", "email_verified", "name", "phone", "role", "created_at"}
    assert (made["email"], made["name"], made["role"]) == ("ada@example.com", "Ada", role)
    event, called = await published()
    assert called.data == {"user_id": made["id"], "version": 1, "name": "Ada", "phone": None}
    assert (event.type, str(event.subject), event.sequence) == ("user.registered.v1", made["id"], 1)
    assert event.data == {"user_id": made["id"], "role": role}


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM", "\uff41da@example.com"])
async def test_an_address_has_one_account(client: httpx2.AsyncClient, published: Published, email: str) -> None:
    await client.post("/users", json=ADA)

    answer = await client.post("/users", json={**ADA, "email": email})

    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/email-taken"
    assert [event.type for event in await published()] == ["user.registered.v1", "user.changed.v1"]


async def test_one_of_concurrent_sign_ups_succeeds(client: httpx2.AsyncClient, published: Published) -> None:
    answers = await asyncio.gather(*(client.post("/users", json=ADA) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert [event.type for event in await published()] == ["user.registered.v1", "user.changed.v1"]


async def test_a_used_address_causes_no_database_error(client: httpx2.AsyncClient, app: FastAPI) -> None:
    """PostgreSQL logs a violation with the row's values: the address would be in its log."""
    refused: list[str] = []
    engine = app.state.resources.get(Database).engine.sync_engine
    listen(engine, "handle_error", lambda context: refused.append(str(context.original_exception)))

    first = await client.post("/users", json=ADA)
    answers = await asyncio.gather(*(client.post("/users", json=ADA) for _ in range(3)))

    assert (first.status_code, {answer.status_code for answer in answers}) == (201, {409})
    assert refused == []


async def test_many_sign_ups_do_not_stop_log_ins(
    client: httpx2.AsyncClient, app: FastAPI, an_account: Any, log_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await an_account()
    passwords = app.state.resources.get(Passwords)
    hashing, checking, may_go = passwords._hash.hash, passwords._hash.verify_and_update, threading.Event()
    order: list[str] = []

    def slow(password: str) -> str:
        assert may_go.wait(20)
        order.append("sign-up")
        return str(hashing(password))

    def noted(password: str, stored: str) -> Any:
        order.append("log-in")
        return checking(password, stored)

    async def sign_up(number: int) -> httpx2.Response:
        headers = {"X-Forwarded-For": f"203.0.113.{number % 3}"}
        return await client.post("/users", json={**ADA, "email": f"{number}@example.com"}, headers=headers)

    async def until_waiting(kind: str, number: int) -> None:
        async def waiting() -> bool:
            return bool(passwords.turns.waiting(kind) >= number)

        await eventually(waiting)

    monkeypatch.setattr(passwords._hash, "hash", slow)
    monkeypatch.setattr(passwords._hash, "verify_and_update", noted)
    signing_up = [asyncio.create_task(sign_up(number)) for number in range(30)]
    await until_waiting("new", 20)
    logging_in = asyncio.create_task(log_in())
    await until_waiting("checked", 1)
    may_go.set()
    answers = await asyncio.gather(*signing_up)

    assert (await logging_in).status_code == 200
    assert order.index("log-in") <= 3
    full = [answer for answer in answers if answer.status_code == 503]
    assert len(full) == 8
    assert {answer.status_code for answer in answers} == {201, 503}
    assert {(answer.json()["type"], answer.headers["Retry-After"]) for answer in full} == {("/problems/busy", "2")}


async def test_a_bad_sign_up_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/users", json={**ADA, "role": "admin", "password": "too short", "admin": True})

    assert answer.status_code == 422
    assert {fault["field"] for fault in answer.json()["errors"]} == {"body.role", "body.password", "body.admin"}
    assert "too short" not in answer.text


async def test_a_body_with_wrong_types_is_refused(client: httpx2.AsyncClient) -> None:
    half = json.dumps({**ADA, "name": "\ud800"})
    big = json.dumps({**ADA, "name": "x" * 1_100_000})

    for body, status in (("{", 400), ("", 422), ("[]", 422), ("null", 422), (half, 422), (big, 413)):
        answer = await client.post("/users", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == status, body[:50]
        assert answer.headers["Content-Type"] == "application/problem+json"


async def test_the_password_is_stored_as_a_hash(client: httpx2.AsyncClient, session: AsyncSession) -> None:
    made = await client.post("/users", json=ADA)

    stored = await session.get_one(User, made.json()["id"])

    assert stored.password_hash.startswith("$argon2id$")
    assert stored.password_hash not in made.text


async def test_a_sign_up_holds_no_connection_while_it_hashes(
    client: httpx2.AsyncClient, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    hashing = Passwords.hash

    async def watched(self: Passwords, *args: Any) -> str:
        taken.append(app.state.resources.get(Database).engine.pool.checkedout())
        return await hashing(self, *args)

    monkeypatch.setattr(Passwords, "hash", watched)
    await client.post("/users", json=ADA)

    assert taken == [0]


async def test_a_user_reads_the_own_profile(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()

    answer = await client.get("/users/me", headers=ada.headers)

    assert answer.status_code == 200
    assert answer.json()["id"] == ada.id
    assert "password" not in answer.text


async def test_a_user_changes_the_name(client: httpx2.AsyncClient, an_account: Any, session: AsyncSession) -> None:
    ada = await an_account()

    answer = await client.patch("/users/me", headers=ada.headers, json={"name": " Ada Lovelace "})

    assert answer.status_code == 200
    assert answer.json()["name"] == "Ada Lovelace"
    assert (await session.get_one(User, ada.id)).version == 2


async def test_a_phone_is_optional(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()

    async def change(phone: str | None) -> httpx2.Response:
        return await client.patch("/users/me", headers=ada.headers, json={"phone": phone})

    assert (await change("+41 (44) 668-18.00")).json()["phone"] == "+41446681800"
    assert (await client.patch("/users/me", headers=ada.headers, json={"name": "A"})).json()["phone"] == "+41446681800"
    for bad in ("044 668 18 00", "+0446681800", "+41", "+41446681800123456", "+4144\n6681800", "+41446681800x", ""):
        assert (await change(bad)).status_code == 422, bad
    assert (await change(None)).json()["phone"] is None


async def test_a_change_of_name_or_phone_is_published(
    client: httpx2.AsyncClient, an_account: Any, published: Published
) -> None:
    ada, bistro = await an_account(), await an_account("bistro@example.com", "restaurant")
    for change in ({"name": "Ada Lovelace", "phone": "+41 44 668 18 00"}, {"name": "Ada Lovelace"}):
        await client.patch("/users/me", headers=ada.headers, json=change)
    await client.patch("/users/me", headers=bistro.headers, json={"name": "Night Owl Diner"})

    changes = [event.data for event in await published() if event.type == "user.changed.v1"]
    assert changes == [
        {"user_id": ada.id, "version": 1, "name": "Ada", "phone": None},
        {"user_id": bistro.id, "version": 1, "name": "Ada", "phone": None},
        {"user_id": ada.id, "version": 2, "name": "Ada", "phone": "+41446681800"},
        {"user_id": bistro.id, "version": 2, "name": "Night Owl Diner", "phone": None},
    ]


async def test_other_fields_of_the_profile_cannot_be_changed(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()
    refused: list[dict[str, Any]] = [{}, {"name": None}, {"name": ""}, {"name": "Ada", "version": 1}]
    refused += [{"name": "Ada", field: "admin"} for field in ("role", "email", "id", "password")]

    for change in refused:
        answer = await client.patch("/users/me", headers=ada.headers, json=change)
        assert answer.status_code == 422, change


async def test_a_valid_token_of_an_unknown_user_gets_404(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    home = {"line1": "1 Main St", "city": "Bern", "postal_code": "3000", "lat": 46.9, "lng": 7.4}
    stranger = issuer.bearer("customer", uuid4())

    for method, path, body in (
        ("GET", "/users/me", None),
        ("PATCH", "/users/me", {"name": "Ada"}),
        ("POST", "/users/me/addresses", home),
    ):
        answer = await client.request(method, path, headers=stranger, json=body)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/user-not-found")


async def test_the_database_logs_no_values_of_a_row(session: AsyncSession) -> None:
    verbosity = (await session.connection()).exec_driver_sql("SHOW log_error_verbosity")

    assert (await verbosity).scalar_one() == "terse"


async def test_an_admin_finds_accounts(client: httpx2.AsyncClient, an_account: Any, issuer: Issuer) -> None:
    ada, bob = await an_account(), await an_account("bob_1@example.com", "driver")
    admin = issuer.bearer("admin")

    async def found(**wanted: str) -> list[str]:
        answer = await client.get("/users", params=wanted, headers=admin)
        assert answer.status_code == 200, answer.text
        return [user["id"] for user in answer.json()["items"]]

    assert await found() == [bob.id, ada.id]
    assert await found(q="BOB_") == [bob.id]
    assert await found(q="b%b") == []
    assert await found(q="ada") == [bob.id, ada.id], "both are called Ada"
    assert await found(role="customer") == [ada.id]
    first = (await client.get("/users?limit=1", headers=admin)).json()
    assert await found(cursor=first["next_cursor"]) == [ada.id]


async def test_an_admin_finds_names_as_people_type_them(
    app: FastAPI, client: httpx2.AsyncClient, an_account: Any, issuer: Issuer
) -> None:
    user = await an_account()

    async def found(asked: str) -> list[str]:
        answer = await client.get("/users", params={"q": asked}, headers=issuer.bearer("admin"))
        return [one["id"] for one in answer.json()["items"]]

    for name, asked in (("Zo\u00eb O\u2019Brien-\u0141ukasz", "obrien lukasz zoe"), ("\u0141ukasz", "LUKASZ")):
        await client.patch("/users/me", json={"name": name}, headers=user.headers)
        assert await found(asked) == [user.id]
    assert await found("!") == await found("zoe") == []
    # As the release before stores an account, until the next upkeep.
    async with app.state.resources.get(Database).transaction() as session:
        await session.exec(update(User).values(folded_name=None))
    assert await found("lukasz") == []
    await fold_names(app.state.resources)
    assert await found("lukasz") == [user.id]


async def test_only_admins_find_accounts(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    assert (await client.get("/users")).status_code == 401
    for role in ("customer", "restaurant", "driver"):
        assert (await client.get("/users", headers=issuer.bearer(role))).status_code == 403
