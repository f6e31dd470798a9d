import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlmodel import col, func, select, update

from foodchassis import Database, now
from user_service.adapters.refresh_tokens import digest
from user_service.models import Login, RefreshToken

Ask = Callable[..., Awaitable[httpx2.Response]]


async def test_a_refresh_token_is_good_for_one_use(client: httpx2.AsyncClient, an_account: Any, refresh: Ask) -> None:
    ada = await an_account()

    first = await refresh(ada.tokens["refresh_token"])
    second = await refresh(first.json()["refresh_token"])

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {second.json()['access_token']}"}
    assert (await client.get("/users/me", headers=headers)).json()["id"] == ada.id


async def a_while_passes(app: FastAPI, seconds: int = 31) -> None:
    async with app.state.resources.get(Database).transaction() as session:
        earlier = timedelta(seconds=seconds)
        await session.exec(update(RefreshToken).values(used_at=col(RefreshToken.used_at) - earlier))
        await session.exec(
            update(Login).values(created_at=Login.created_at - earlier, expires_at=Login.expires_at - earlier)
        )


async def test_a_refresh_may_be_repeated_after_a_lost_response(
    client: httpx2.AsyncClient, an_account: Any, app: FastAPI, refresh: Ask
) -> None:
    ada = await an_account()

    answers = [await refresh(ada.tokens["refresh_token"]) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    [newer] = {answer.json()["refresh_token"] for answer in answers}
    headers = {"Authorization": f"Bearer {answers[2].json()['access_token']}"}
    assert (await client.get("/users/me", headers=headers)).status_code == 200
    assert (await refresh(newer)).status_code == 200


async def test_a_refresh_is_not_repeated_after_its_token_was_used(an_account: Any, refresh: Ask) -> None:
    ada = await an_account()
    newer = (await refresh(ada.tokens["refresh_token"])).json()["refresh_token"]
    newest = (await refresh(newer)).json()["refresh_token"]

    assert (await refresh(ada.tokens["refresh_token"])).status_code == 400
    assert (await refresh(newest)).status_code == 400


async def test_a_log_in_ends_at_its_maximum_age(an_account: Any, app: FastAPI, refresh: Ask) -> None:
    token = (await an_account()).tokens["refresh_token"]
    for _ in range(3):
        await a_while_passes(app, 29 * 24 * 3600)
        answer = await refresh(token)
        assert answer.status_code == 200
        token = answer.json()["refresh_token"]

    await a_while_passes(app, 3 * 24 * 3600)
    async with app.state.resources.get(Database).transaction() as session:
        [login] = (await session.exec(select(Login))).all()
        assert login.expires_at <= now()
        assert login.expires_at - login.created_at == timedelta(days=90)


async def test_a_second_use_ends_the_whole_log_in_and_no_other(
    an_account: Any, app: FastAPI, log_in: Ask, refresh: Ask
) -> None:
    ada = await an_account()
    elsewhere = (await log_in()).json()["refresh_token"]
    newer = (await refresh(ada.tokens["refresh_token"])).json()["refresh_token"]
    await a_while_passes(app)

    replayed = await refresh(ada.tokens["refresh_token"])

    assert replayed.status_code == 400
    assert replayed.json()["error"] == "invalid_grant"
    assert (await refresh(newer)).status_code == 400
    assert (await refresh(elsewhere)).status_code == 200


async def test_simultaneous_uses_get_the_same_token(an_account: Any, app: FastAPI, refresh: Ask) -> None:
    ada = await an_account()

    answers = await asyncio.gather(*(refresh(ada.tokens["refresh_token"]) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    async with app.state.resources.get(Database).transaction() as session:
        assert (await session.exec(select(func.count()).select_from(RefreshToken))).one() == 2


async def test_a_refresh_token_expires(an_account: Any, app: FastAPI, refresh: Ask) -> None:
    ada = await an_account()
    async with app.state.resources.get(Database).transaction() as session:
        await session.exec(update(RefreshToken).values(expires_at=now() - timedelta(seconds=1)))

    assert (await refresh(ada.tokens["refresh_token"])).status_code == 400


async def test_a_made_up_refresh_token_is_refused(refresh: Ask) -> None:
    for token in ("x", "\u00e9", "A" * 43):
        assert (await refresh(token)).status_code == 400


async def test_an_access_token_is_not_accepted_as_a_refresh_token(an_account: Any, refresh: Ask) -> None:
    ada = await an_account()

    assert (await refresh(ada.tokens["access_token"])).status_code == 400


async def test_refresh_tokens_are_stored_as_digests(an_account: Any, app: FastAPI) -> None:
    ada = await an_account()
    token = ada.tokens["refresh_token"]

    async with app.state.resources.get(Database).transaction() as session:
        [stored] = (await session.exec(select(RefreshToken))).all()

    assert stored.digest == digest(token)
    assert token.encode() not in stored.digest
    assert timedelta(days=29) < stored.expires_at - now() <= timedelta(days=30)


async def test_a_log_out_ends_the_log_in(
    client: httpx2.AsyncClient, an_account: Any, log_in: Ask, refresh: Ask
) -> None:
    ada = await an_account()
    newer = (await refresh(ada.tokens["refresh_token"])).json()["refresh_token"]

    answer = await client.post("/auth/revoke", data={"token": newer, "token_type_hint": "refresh_token"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await refresh(newer)).status_code == 400
    assert (await log_in()).status_code == 200


async def test_an_older_token_ends_the_log_in_too(client: httpx2.AsyncClient, an_account: Any, refresh: Ask) -> None:
    ada = await an_account()
    newer = (await refresh(ada.tokens["refresh_token"])).json()["refresh_token"]

    await client.post("/auth/revoke", data={"token": ada.tokens["refresh_token"]})

    assert (await refresh(newer)).status_code == 400


async def test_a_log_out_with_an_unknown_token_succeeds(client: httpx2.AsyncClient) -> None:
    for hint in ("", "access_token", "refresh_token", "nonsense"):
        form = {"token": "unknown", "token_type_hint": hint}
        assert (await client.post("/auth/revoke", data=form)).status_code == 200
    assert (await client.post("/auth/revoke", data={"token": ""})).status_code == 422
