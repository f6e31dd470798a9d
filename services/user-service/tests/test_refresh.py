import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlmodel import func, select, update

from foodchassis import Database, now
from user_service.models import RefreshToken
from user_service.refresh_tokens import digest

Ask = Callable[..., Awaitable[httpx2.Response]]


async def test_a_refresh_token_is_good_for_one_use(client: httpx2.AsyncClient, an_account: Any, refresh: Ask) -> None:
    ada = await an_account()

    first = await refresh(ada.tokens["refresh_token"])
    second = await refresh(first.json()["refresh_token"])

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {second.json()['access_token']}"}
    assert (await client.get("/users/me", headers=headers)).json()["id"] == ada.id


async def test_a_second_use_ends_the_whole_log_in_and_no_other(an_account: Any, log_in: Ask, refresh: Ask) -> None:
    ada = await an_account()
    elsewhere = (await log_in()).json()["refresh_token"]
    newer = (await refresh(ada.tokens["refresh_token"])).json()["refresh_token"]

    replayed = await refresh(ada.tokens["refresh_token"])

    assert replayed.status_code == 400
    assert replayed.json()["error"] == "invalid_grant"
    assert (await refresh(newer)).status_code == 400
    assert (await refresh(elsewhere)).status_code == 200


async def test_of_simultaneous_uses_one_wins_and_the_log_in_ends(an_account: Any, app: FastAPI, refresh: Ask) -> None:
    ada = await an_account()

    answers = await asyncio.gather(*(refresh(ada.tokens["refresh_token"]) for _ in range(5)))

    won = [answer for answer in answers if answer.status_code == 200]
    assert [answer.status_code for answer in answers].count(400) == 4
    assert len(won) == 1
    assert (await refresh(won[0].json()["refresh_token"])).status_code == 400
    async with app.state.resources.get(Database).transaction() as session:
        assert (await session.exec(select(func.count()).select_from(RefreshToken))).one() == 2


async def test_a_refresh_token_ends_with_its_time(an_account: Any, app: FastAPI, refresh: Ask) -> None:
    ada = await an_account()
    async with app.state.resources.get(Database).transaction() as session:
        await session.exec(update(RefreshToken).values(expires_at=now() - timedelta(seconds=1)))

    assert (await refresh(ada.tokens["refresh_token"])).status_code == 400


async def test_a_made_up_refresh_token_is_refused(refresh: Ask) -> None:
    for token in ("x", "\u00e9", "A" * 43):
        assert (await refresh(token)).status_code == 400


async def test_an_access_token_refreshes_nothing(an_account: Any, refresh: Ask) -> None:
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


async def test_a_log_out_of_nothing_is_fine(client: httpx2.AsyncClient) -> None:
    for hint in ("", "access_token", "refresh_token", "nonsense"):
        form = {"token": "unknown", "token_type_hint": hint}
        assert (await client.post("/auth/revoke", data=form)).status_code == 200
    assert (await client.post("/auth/revoke", data={"token": ""})).status_code == 422
