import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from user_service.adapters.attempts import Attempts
from user_service.errors import TooManyAttemptsError
from user_service.settings import UserSettings

LIMITS: dict[str, Any] = {
    "login_attempts_per_account": 3, "login_attempts_from_strangers": 5, "login_attempts_per_address": 20,
    "login_window_seconds": 60, "login_delay_seconds": 10, "login_delay_longest": 35,
    "login_delay_longest_for_strangers": 15,
}  # fmt: skip
ADA, HOME = "ada@example.com", "203.0.113.7"


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def settings(service_environment: dict[str, str]) -> UserSettings:
    return UserSettings(signing_keys=service_environment["SIGNING_KEYS"], _env_file=None, **LIMITS)


async def wait_of(attempts: Attempts, account: str = ADA, address: str = HOME) -> int:
    """Return how long the next attempt has to wait."""
    try:
        await attempts.spend(account, address)
    except TooManyAttemptsError as refused:
        return refused.retry_after or 0
    return 0


async def test_failures_make_the_next_attempt_wait_longer_each_time(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings.model_copy(update={"login_attempts_from_strangers": 50}))
    assert [await wait_of(attempts) for _ in range(3)] == [0, 0, 0]

    waits = []
    for _ in range(4):
        waits.append(await wait_of(attempts))
        for key in await redis.keys("login:own_wait:*"):
            await redis.delete(key)
        assert await wait_of(attempts) == 0

    assert all(seconds - 1 <= wait <= seconds for wait, seconds in zip(waits, [10, 20, 35, 35], strict=True)), waits


async def test_failures_from_other_addresses_do_not_block_a_known_address(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings)
    await attempts.spend(ADA, HOME)
    await attempts.refund(ADA, HOME)

    guesses = [await wait_of(attempts, ADA, f"198.51.100.{number}") for number in range(8)]

    assert guesses[:5] == [0] * 5
    assert all(0 < wait <= 15 for wait in guesses[5:]), "and an owner at a new address waits no longer than that"
    assert await wait_of(attempts) == 0
    assert await wait_of(attempts, "bob@example.com", "198.51.100.1") == 0


async def test_refused_attempts_do_not_extend_the_wait(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings)
    for _ in range(3):
        await attempts.spend(ADA, HOME)

    waits = [await wait_of(attempts) for _ in range(10)]

    assert all(0 < wait <= 10 for wait in waits)


async def test_concurrent_attempts_count_before_their_results(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings)

    waits = await asyncio.gather(*(wait_of(attempts) for _ in range(10)))

    assert waits.count(0) == 3


async def test_an_address_is_blocked_after_failures_for_many_accounts(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings)
    for number in range(20):
        await attempts.spend(f"{number}@example.com", HOME)

    assert 0 < await wait_of(attempts, "f@example.com") <= 60
    assert await wait_of(attempts, "f@example.com", "203.0.113.8") == 0


async def test_successful_log_ins_do_not_count(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings)

    for _ in range(20):
        await attempts.spend("ada@example.com", "203.0.113.7")
        await attempts.refund("ada@example.com", "203.0.113.7")


async def test_counters_expire_and_contain_no_personal_data(redis: Redis, settings: UserSettings) -> None:
    attempts = Attempts(redis, settings)
    await attempts.spend("ada@example.com", "203.0.113.7")
    await attempts.refund("ada@example.com", "203.0.113.8")
    await attempts.spend("ada@example.com", "203.0.113.7")

    keys = await redis.keys("*")
    remaining = [await redis.ttl(key) for key in keys]

    assert len(keys) == 4
    assert all(0 < seconds <= settings.login_known_seconds for seconds in remaining)
    assert not any("ada" in key or "203." in key for key in keys)


async def test_without_redis_attempts_are_not_limited(settings: UserSettings) -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:1/0", decode_responses=True)
    for attempts in (Attempts(nowhere, settings), Attempts(None, settings)):
        for _ in range(4):
            await attempts.spend("ada@example.com", "203.0.113.7")
            await attempts.refund("bob@example.com", "203.0.113.7")
    await nowhere.aclose()
