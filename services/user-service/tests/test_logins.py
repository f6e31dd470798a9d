import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlmodel import col, func, select, update

from foodchassis import Database, now
from user_service.adapters.passwords import Passwords
from user_service.models import Login, User

PASSWORD = "correct horse battery"
Ask = Callable[..., Awaitable[httpx2.Response]]


async def test_a_log_in_returns_tokens(client: httpx2.AsyncClient, an_account: Any, log_in: Ask) -> None:
    ada = await an_account()

    answer = await log_in("ADA@example.com")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    assert tokens["refresh_token"] != ada.tokens["refresh_token"]
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await client.get("/users/me", headers=headers)).json()["id"] == ada.id


async def test_an_unknown_account_and_a_wrong_password_get_the_same_response(
    an_account: Any, monkeypatch: pytest.MonkeyPatch, log_in: Ask
) -> None:
    await an_account()
    checked: list[bool] = []
    check = Passwords.check

    async def watched(self: Passwords, password: Any, stored: str | None, *rest: Any) -> tuple[bool, str | None]:
        checked.append(stored is not None)
        return await check(self, password, stored, *rest)

    monkeypatch.setattr(Passwords, "check", watched)
    wrong = await log_in(password="wrong horse")
    unknown = await log_in("eve@example.com")
    hopeless = await log_in("no address\x00")

    answers = [{**one.json(), "request_id": "", "trace_id": ""} for one in (wrong, unknown, hopeless)]
    assert wrong.status_code == 400
    assert wrong.json()["error"] == "invalid_grant"
    assert answers[0] == answers[1] == answers[2]
    assert checked == [True, False, False]


async def test_a_log_in_holds_no_connection_while_it_hashes(
    an_account: Any, app: FastAPI, monkeypatch: pytest.MonkeyPatch, log_in: Ask
) -> None:
    await an_account()
    taken: list[int] = []
    check = Passwords.check

    async def watched(self: Passwords, *args: Any) -> tuple[bool, str | None]:
        taken.append(app.state.resources.get(Database).engine.pool.checkedout())
        return await check(self, *args)

    monkeypatch.setattr(Passwords, "check", watched)
    await log_in()

    assert taken == [0]


async def test_a_bad_form_is_refused(client: httpx2.AsyncClient, log_in: Ask) -> None:
    answer = await log_in(role="admin")

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "body.password.role"
    assert PASSWORD not in answer.text
    form = {"grant_type": "password", "username": "ada@example.com", "password": PASSWORD}
    assert (await client.post("/auth/token", json=form)).status_code == 422


async def test_other_parameters_of_oauth_clients_are_accepted(an_account: Any, log_in: Ask) -> None:
    await an_account()

    assert (await log_in(scope="", client_id="docs", client_secret="")).status_code == 200


async def test_too_many_failures_block_the_account_for_a_while(an_account: Any, log_in: Ask) -> None:
    await an_account()
    for _ in range(3):
        assert (await log_in(password="wrong")).status_code == 400

    answer = await log_in()

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900


async def test_failures_count_against_the_address_that_the_gateway_names(client: httpx2.AsyncClient) -> None:
    async def guess(number: int, forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        form = {"grant_type": "password", "username": f"user{number}@example.com", "password": "a wrong horse"}
        return (await client.post("/auth/token", data=form, headers=headers)).status_code

    spoofed = [await guess(number, f"198.51.100.{number}, 203.0.113.7") for number in range(7)]

    assert spoofed == [400] * 6 + [429]
    assert await guess(8, "203.0.113.8") == 400


async def test_a_log_in_renews_an_old_hash(an_account: Any, app: FastAPI, log_in: Ask) -> None:
    ada = await an_account()
    resources = app.state.resources
    costlier = resources.settings.model_copy(update={"password_time_cost": 2})
    resources.add(Passwords(costlier))

    assert (await log_in()).status_code == 200

    async with resources.get(Database).transaction() as session:
        assert ",t=2," in (await session.get_one(User, ada.id)).password_hash
    assert (await log_in()).status_code == 200


async def test_a_log_in_deletes_the_users_ended_log_ins(an_account: Any, app: FastAPI, log_in: Ask) -> None:
    await an_account()
    await an_account("bob@example.com")
    transaction = app.state.resources.get(Database).transaction
    async with transaction() as session:
        await session.exec(update(Login).values(expires_at=now() - timedelta(seconds=1)))

    await log_in()

    async with transaction() as session:
        assert (await session.exec(select(func.count()).select_from(Login))).one() == 2
        alive = select(func.count()).select_from(Login).where(col(Login.expires_at) > now())
        assert (await session.exec(alive)).one() == 1


async def test_a_log_in_works_without_redis(an_account: Any, app: FastAPI, log_in: Ask) -> None:
    await an_account()
    pool = app.state.resources.get(Redis).connection_pool
    await pool.disconnect()
    pool.connection_kwargs["port"] = 1
    pool.reset()

    answer = await log_in()

    assert answer.status_code == 200


async def test_a_log_in_uses_a_password_that_changes_concurrently(
    an_account: Any, app: FastAPI, log_in: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await an_account()
    checking = Passwords.check
    another = await app.state.resources.get(Passwords).hash(SecretStr("another good password"))

    async def changed_meanwhile(self: Passwords, *args: Any) -> tuple[bool, str | None]:
        found = await checking(self, *args)
        async with app.state.resources.get(Database).transaction() as session:
            (await session.get_one(User, ada.id)).password_hash = another
        return found

    monkeypatch.setattr(Passwords, "check", changed_meanwhile)
    answer = await asyncio.wait_for(log_in(), 20)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
