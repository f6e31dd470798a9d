import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlmodel import func, select, update

from foodchassis import Database, ServiceSettings, UnauthorizedError, now
from foodchassis.kernel import background
from foodchassis.storage.cache import open_redis
from foodchassis.testing import Issuer, eventually
from foodchassis.web import Revocations, TokenVerifier
from user_service.models import Login, RefreshToken, Revocation
from user_service.service import revocations, sessions
from user_service.settings import UserSettings

Ask = Callable[..., Awaitable[httpx2.Response]]
Refused = Callable[[str], Awaitable[bool]]


@pytest_asyncio.fixture
async def another_service(redis_url: str, issuer: Issuer) -> AsyncIterator[Refused]:
    """Yield a function that says whether a service that has only Redis in common with us refuses a token by now."""
    settings = ServiceSettings(service_name="x", auth_jwks=issuer.jwks, _env_file=None)
    async with open_redis(settings, redis_url) as redis:
        copy = Revocations(redis)
        verifier = TokenVerifier(settings, copy)

        async def refused(token: str) -> bool:
            try:
                await verifier.verify(token)
            except UnauthorizedError:
                return True
            return False

        async with background(copy.run()):
            yield refused


async def status(client: httpx2.AsyncClient, access_token: str) -> int:
    answer = await client.get("/users/me", headers={"Authorization": f"Bearer {access_token}"})
    return answer.status_code


async def ways_out(client: httpx2.AsyncClient, way: str, account: Any) -> httpx2.Response:
    if way == "everywhere":
        return await client.delete("/users/me/sessions", headers=account.headers)
    if way == "erasure":
        return await client.delete("/users/me", headers=account.headers)
    kind = "refresh_token" if way == "refresh token" else "access_token"
    return await client.post("/auth/revoke", data={"token": account.tokens[kind]})


@pytest.mark.parametrize("way", ["everywhere", "erasure", "refresh token", "access token"])
async def test_a_log_out_ends_access_tokens_at_once_in_every_service(
    client: httpx2.AsyncClient, an_account: Any, another_service: Refused, way: str
) -> None:
    ada, bob = await an_account(), await an_account("bob@example.com")
    token = ada.tokens["access_token"]
    assert not await another_service(token)

    answer = await ways_out(client, way, ada)

    assert answer.status_code in {200, 204}, answer.text
    assert await status(client, token) == 401
    assert await eventually(lambda: another_service(token))
    assert await status(client, bob.tokens["access_token"]) == 200
    assert not await another_service(bob.tokens["access_token"])


async def test_a_log_out_keeps_other_log_ins_unless_all_are_ended(
    client: httpx2.AsyncClient, an_account: Any, log_in: Ask, refresh: Ask
) -> None:
    ada = await an_account()
    elsewhere = (await log_in()).json()
    await client.post("/auth/revoke", data={"token": ada.tokens["refresh_token"]})
    assert await status(client, elsewhere["access_token"]) == 200

    headers = {"Authorization": f"Bearer {elsewhere['access_token']}"}
    assert (await client.delete("/users/me/sessions", headers=headers)).status_code == 204

    assert await status(client, elsewhere["access_token"]) == 401
    assert (await refresh(elsewhere["refresh_token"])).status_code == 400
    assert await status(client, (await log_in()).json()["access_token"]) == 200


async def test_a_user_lists_the_own_log_ins(client: httpx2.AsyncClient, an_account: Any, log_in: Ask) -> None:
    ada = await an_account()
    await an_account("bob@example.com")
    ended = (await log_in()).json()
    await client.post("/auth/revoke", data={"token": ended["refresh_token"]})
    await log_in()

    listed = (await client.get("/users/me/sessions", headers=ada.headers)).json()

    assert [one["current"] for one in listed] == [False, True]
    assert set(listed[0]) == {"id", "created_at", "expires_at", "current"}


async def test_one_log_in_too_many_ends_the_least_recently_used_one(
    client: httpx2.AsyncClient, app: FastAPI, an_account: Any, log_in: Ask, refresh: Ask
) -> None:
    ada = await an_account()
    app.state.resources.get(UserSettings).sessions_per_account = 3
    idle, other = (await log_in()).json(), (await log_in()).json()
    used = (await refresh(ada.tokens["refresh_token"])).json()

    newest = (await log_in()).json()

    assert await status(client, idle["access_token"]) == 401
    assert (await refresh(idle["refresh_token"])).status_code == 400
    for going_on in (other, used, newest):
        assert await status(client, going_on["access_token"]) == 200
    for _ in range(4):
        await log_in()
    headers = {"Authorization": f"Bearer {(await log_in()).json()['access_token']}"}
    assert len((await client.get("/users/me/sessions", headers=headers)).json()) == 3


async def test_a_stolen_refresh_token_ends_the_access_tokens_too(
    client: httpx2.AsyncClient, an_account: Any, refresh: Ask
) -> None:
    ada = await an_account()
    newer = (await refresh(ada.tokens["refresh_token"])).json()
    await refresh(newer["refresh_token"])

    await refresh(ada.tokens["refresh_token"])

    assert await status(client, newer["access_token"]) == 401


async def test_revocations_are_restored_after_a_flush_of_redis(
    client: httpx2.AsyncClient, app: FastAPI, an_account: Any, another_service: Refused
) -> None:
    ada = await an_account()
    await client.delete("/users/me/sessions", headers=ada.headers)
    redis = app.state.resources.get(Redis)
    assert await eventually(lambda: redis.exists("auth:revoked"))
    await redis.flushdb()
    async with app.state.resources.get(Database).transaction() as session:
        session.add(Revocation(name="over", expires_at=now() - timedelta(seconds=1)))

    await revocations.restore(app.state.resources)

    assert await eventually(lambda: redis.zcard("auth:revoked")) == 1
    async with app.state.resources.get(Database).transaction() as session:
        assert [row.name for row in (await session.exec(select(Revocation))).all()] != ["over"]


async def test_a_revocation_expires_with_the_last_token_it_refuses(
    client: httpx2.AsyncClient, app: FastAPI, an_account: Any
) -> None:
    ada = await an_account()
    await client.delete("/users/me/sessions", headers=ada.headers)
    transaction = app.state.resources.get(Database).transaction

    async with transaction() as session:
        [stored] = (await session.exec(select(Revocation))).all()
        assert timedelta(seconds=950) < stored.expires_at - now() <= timedelta(seconds=960)
        await session.exec(update(Revocation).values(expires_at=now()))
    await revocations.restore(app.state.resources)

    async with transaction() as session:
        assert (await session.exec(select(Revocation))).all() == []


async def test_concurrent_log_outs_do_not_deadlock(client: httpx2.AsyncClient, an_account: Any) -> None:
    accounts = [await an_account(f"{number}@example.com") for number in range(4)]

    answers = await asyncio.gather(
        *(client.delete("/users/me/sessions", headers=one.headers) for one in accounts for _ in range(3))
    )

    assert {answer.status_code for answer in answers} <= {204, 401}


async def test_expired_log_ins_are_deleted(app: FastAPI, an_account: Any) -> None:
    await an_account()
    await an_account("eve@example.com")
    database = app.state.resources.get(Database)

    async def left() -> tuple[int, int]:
        async with database.transaction() as session:
            await sessions.drop_expired(session)
        async with database.transaction() as session:
            logins = (await session.exec(select(func.count()).select_from(Login))).one()
            return logins, (await session.exec(select(func.count()).select_from(RefreshToken))).one()

    assert await left() == (2, 2)
    async with database.transaction() as session:
        oldest = (await session.exec(select(Login.id).limit(1))).one()
        for table, login_id in ((Login, Login.id), (RefreshToken, RefreshToken.login_id)):
            await session.exec(update(table).where(login_id == oldest).values(expires_at=now()))

    assert await left() == (1, 1)


async def test_a_refresh_token_in_use_is_deleted_later(app: FastAPI, an_account: Any) -> None:
    await an_account()
    database = app.state.resources.get(Database)
    async with database.transaction() as session:
        await session.exec(update(RefreshToken).values(expires_at=now()))
        await session.exec(update(Login).values(expires_at=now()))
    async with database.transaction() as refresh:
        [token] = (await refresh.exec(select(RefreshToken).with_for_update())).all()
        async with database.transaction() as session:
            await sessions.drop_expired(session)
        await refresh.refresh(token)

        assert token.used_at is None


async def test_a_log_in_gets_tickets_for_streams(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()

    first, second = [await client.post("/auth/stream-ticket", headers=ada.headers) for _ in range(2)]

    assert (first.status_code, first.json()["expires_in"], first.headers["cache-control"]) == (200, 60, "no-store")
    assert len(first.json()["ticket"]) >= 32
    assert first.json()["ticket"] != second.json()["ticket"]
    assert (await client.post("/auth/stream-ticket")).status_code == 401
