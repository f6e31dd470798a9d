"""Every process refuses a revoked log-in, also after failures of Redis."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from foodchassis import ServiceSettings
from foodchassis.kernel import background
from foodchassis.storage.cache import open_redis
from foodchassis.testing import Issuer, eventually
from foodchassis.web import Revocations, TokenVerifier, revocations
from foodchassis.web.tokens import InvalidTokenError

SETTINGS = ServiceSettings(service_name="x", _env_file=None)
# A day: it is computed when tests are collected, and some run much later.
SOON = time.time() + 86_400
Running = Callable[[], Awaitable[Revocations]]


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest_asyncio.fixture
async def running(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    monkeypatch.setattr(revocations, "RELOAD_SECONDS", 0.2)
    async with AsyncExitStack() as stack:

        async def start() -> Revocations:
            made = Revocations(await stack.enter_async_context(open_redis(SETTINGS, redis_url)))
            await stack.enter_async_context(background(made.run()))
            return made

        yield start


async def until_known(copy: Revocations, name: str) -> None:
    async def known() -> bool:
        return name in copy

    await eventually(known)


@pytest.mark.parametrize("garbage", ["{", "[1]", "null", '"x"'])
async def test_a_message_that_nobody_can_read_ends_nothing(running: Running, redis: Redis, garbage: str) -> None:
    one, other = await running(), await running()
    one.add({"a log-in": SOON})
    await until_known(other, "a log-in")

    await redis.publish(revocations.KEY, garbage)
    one.add({"another": SOON})

    await until_known(other, "another")
    assert "a log-in" in other


async def test_what_one_process_revokes_all_refuse(running: Running) -> None:
    one, other = await running(), await running()

    one.add({"a log-in": SOON})

    assert "a log-in" in one
    await until_known(other, "a log-in")
    await until_known(await running(), "a log-in")
    assert "another" not in other


async def test_a_starting_process_knows_the_list_first(running: Running, redis: Redis) -> None:
    await redis.zadd(revocations.KEY, {"a log-in": SOON})

    started = await running()
    await started.first_read()

    assert "a log-in" in started


async def test_a_start_without_redis_or_its_server_does_not_wait() -> None:
    await asyncio.wait_for(Revocations(None).first_read(), 0.1)
    async with open_redis(SETTINGS, "redis://127.0.0.1:1/0") as redis:
        unreachable = Revocations(redis)
        async with background(unreachable.run()):
            await asyncio.wait_for(unreachable.first_read(), 10)


async def test_a_start_does_not_wait_long_for_a_silent_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocations, "FIRST_READ_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        settings = SETTINGS.model_copy(update={"redis_timeout": 600})
        async with open_redis(settings, url) as redis:
            waiting = Revocations(redis)
            async with background(waiting.run()):
                await asyncio.wait_for(waiting.first_read(), 10)


async def test_revocations_survive_a_flush_of_redis(running: Running, redis: Redis) -> None:
    one = await running()
    one.add({"a log-in": SOON})
    await until_known(await running(), "a log-in")
    await redis.flushdb()
    assert "a log-in" in one

    await one.restore({"a log-in": SOON})

    await until_known(await running(), "a log-in")


async def test_an_entry_expires_with_the_last_token(running: Running, redis: Redis) -> None:
    one = await running()
    one.add({"old": time.time() + 0.3, "new": SOON})

    async def forgotten() -> bool:
        return "old" not in one

    await eventually(forgotten)
    assert "new" in one
    one.add({"newer": SOON})
    await until_known(await running(), "newer")
    assert await redis.zcard(revocations.KEY) == 2


async def test_entries_that_redis_missed_are_sent_later(running: Running, redis: Redis) -> None:
    one = await running()
    assert one._redis is not None
    pool = one._redis.connection_pool
    port, pool.connection_kwargs["port"] = pool.connection_kwargs["port"], 1
    await pool.disconnect()
    one.add({"a log-in": SOON})
    assert "a log-in" in one
    pool.connection_kwargs["port"] = port
    pool.reset()  # type: ignore[no-untyped-call]

    await until_known(await running(), "a log-in")


@pytest.mark.parametrize("name", ["sid", "sub"])
async def test_a_verifier_refuses_revoked_tokens_cached_or_not(issuer: Issuer, name: str) -> None:
    settings, revoked = SETTINGS.model_copy(update={"auth_jwks": issuer.jwks}), Revocations(None)
    verifier, other = TokenVerifier(settings, revoked), TokenVerifier(settings, revoked)
    claims = {"sid": "0190aaaa-0000-7000-8000-000000000001", "sub": "0190aaaa-0000-7000-8000-000000000002"}
    token = issuer.token("driver", None, **claims)
    await verifier.verify(token)

    revoked.add({claims[name]: SOON})

    for one in (verifier, other):
        with pytest.raises(InvalidTokenError):
            await one.verify(token)
    assert (await verifier.verify(issuer.token("driver"))).roles == {"driver"}
