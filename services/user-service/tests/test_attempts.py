from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from user_service.attempts import Attempts
from user_service.errors import TooManyAttemptsError
from user_service.settings import UserSettings

LIMITS: dict[str, Any] = {"login_attempts_per_account": 3, "login_attempts_per_address": 5, "login_window_seconds": 60}


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def settings(service_environment: dict[str, str]) -> UserSettings:
    return UserSettings(signing_keys=service_environment["SIGNING_KEYS"], _env_file=None, **LIMITS)


async def test_an_account_is_closed_to_guesses_after_too_many(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings)
    for host in "abc":
        await attempts.spend("ada@example.com", host)

    with pytest.raises(TooManyAttemptsError) as refused:
        await attempts.spend("ada@example.com", "d")

    assert 0 < (refused.value.retry_after or 0) <= 60
    await attempts.spend("bob@example.com", "d")


async def test_an_address_is_closed_after_too_many_accounts(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings)
    for account in "abcde":
        await attempts.spend(account, "203.0.113.7")

    with pytest.raises(TooManyAttemptsError):
        await attempts.spend("f", "203.0.113.7")
    await attempts.spend("f", "203.0.113.8")


async def test_good_log_ins_use_nothing_up(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings)

    for _ in range(20):
        await attempts.spend("ada@example.com", "203.0.113.7")
        await attempts.refund("ada@example.com", "203.0.113.7")


async def test_every_count_ends_and_names_nobody(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings)
    await attempts.spend("ada@example.com", "203.0.113.7")
    await attempts.refund("ada@example.com", "203.0.113.8")
    await attempts.spend("ada@example.com", "203.0.113.7")

    keys = await redis.keys("*")
    remaining = [await redis.ttl(key) for key in keys]

    assert len(keys) == 3
    assert all(0 < seconds <= 60 for seconds in remaining)
    assert not any("ada" in key or "203." in key for key in keys)


async def test_without_redis_nobody_is_locked_out(settings: UserSettings) -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:1/0", decode_responses=True)
    for attempts in (Attempts(nowhere, settings), Attempts(None, settings)):
        for _ in range(4):
            await attempts.spend("ada@example.com", "203.0.113.7")
            await attempts.refund("bob@example.com", "203.0.113.7")
    await nowhere.aclose()
