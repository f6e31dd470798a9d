import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from redis.asyncio import Redis

from api_gateway.buckets import LocalBuckets, Policy
from api_gateway.limits import RateLimiter
from api_gateway.settings import GatewaySettings
from foodchassis.testing import Issuer

SLOW: dict[str, Any] = {"identity_rate": 0.01, "identity_burst": 3, "address_rate": 0.01, "address_burst": 5}
ENVIRONMENT = {name.upper(): value for name, value in SLOW.items()}


@pytest_asyncio.fixture
async def limiter(redis_url: str) -> AsyncIterator[RateLimiter]:
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        limiter = RateLimiter(GatewaySettings(_env_file=None, limiter_timeout=5, **SLOW), redis)
        yield limiter
        await limiter.close()


async def test_redis_and_local_buckets_decide_alike(limiter: RateLimiter) -> None:
    buckets = LocalBuckets(Policy("identity", 0.01, 3), Policy("address", 0.01, 5))
    callers = [
        ("ann", "x"),
        ("ann", "x"),
        ("", "x"),
        ("ann", "x"),
        ("bob", "x"),
        ("bob", "x"),
        ("ann", "y"),
        ("bob", "y"),
    ]

    there = [await limiter.take(*caller) for caller in callers]
    here = [buckets.take(caller, 0) for caller in callers]

    assert [(one.allowed, one.policy, one.left) for one in there] == [(o.allowed, o.policy, o.left) for o in here]
    assert all(abs(one.seconds - other.seconds) <= 30 for one, other in zip(there, here, strict=True))


async def test_many_requests_share_round_trips_and_get_the_exact_number_of_tokens(limiter: RateLimiter) -> None:
    verdicts = await asyncio.gather(*(limiter.take(f"caller-{n % 100}", f"address-{n}") for n in range(1000)))

    assert sum(verdict.allowed for verdict in verdicts) == 300


async def test_two_gateways_share_their_buckets(limiter: RateLimiter, redis_url: str) -> None:
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        other = RateLimiter(GatewaySettings(_env_file=None, limiter_timeout=5, **SLOW), redis)
        taken = [(await one.take("ann", "x")).allowed for one in (limiter, other, limiter, other)]
        await other.close()

    assert taken == [True, True, True, False]


async def test_full_buckets_expire_and_a_flushed_script_is_reloaded(limiter: RateLimiter, redis_url: str) -> None:
    await limiter.take("ann", "x")
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        assert {await redis.pttl(key) <= 100_000 for key in await redis.keys("limit:*")} == {True}
        await redis.script_flush()

    assert (await limiter.take("ann", "x")).left == 1


async def test_a_caller_over_the_limit_gets_429_and_others_do_not(start: Any, issuer: Issuer, redis_url: str) -> None:
    gateway = await start(REDIS_URL=redis_url, **ENVIRONMENT)
    ann = issuer.bearer()

    first = await gateway.http.get("/orders", headers=ann)
    others = [await gateway.http.get("/orders", headers=ann) for _ in range(3)]
    stranger = await gateway.http.get("/orders", headers=issuer.bearer())

    assert [one.status_code for one in (first, *others, stranger)] == [200, 200, 200, 429, 200]
    assert first.headers["ratelimit-policy"] == '"identity";q=3;w=300, "address";q=5;w=500'
    assert first.headers["ratelimit"].startswith('"identity";r=2;t=')
    assert others[2].headers["content-type"] == "application/problem+json"
    assert 90 <= int(others[2].headers["retry-after"]) <= 100
    assert len(gateway.service.seen) == 4


async def test_an_address_over_the_limit_is_refused_for_every_caller(
    start: Any, issuer: Issuer, redis_url: str
) -> None:
    gateway = await start(REDIS_URL=redis_url, **ENVIRONMENT)

    statuses = [(await gateway.http.get("/orders", headers=issuer.bearer())).status_code for _ in range(6)]
    forged = await gateway.http.get("/orders", headers={"X-Forwarded-For": "8.8.8.8"})

    assert statuses == [200] * 5 + [429]
    assert forged.status_code == 429


async def test_invalid_tokens_count_against_the_address(start: Any, redis_url: str) -> None:
    gateway = await start(REDIS_URL=redis_url, **ENVIRONMENT)

    guesses = [(await gateway.http.get("/orders", headers={"Authorization": f"Bearer {n}"})) for n in range(6)]

    assert [one.status_code for one in guesses] == [401] * 5 + [429]


def local() -> LocalBuckets:
    return LocalBuckets(Policy("identity", 2, 3), Policy("address", 10, 5))


def test_a_local_bucket_empties_and_fills_at_its_rate() -> None:
    buckets = local()

    taken = [buckets.take(("ann", "here"), 0) for _ in range(4)]
    assert [one.left for one in taken] == [2, 1, 0, 0]
    assert [one.allowed for one in taken] == [True, True, True, False]
    assert (taken[3].policy, taken[3].seconds) == ("identity", 1)
    assert not buckets.take(("ann", "here"), 0.4 * 1e6).allowed
    assert buckets.take(("ann", "here"), 0.5 * 1e6).allowed
    assert buckets.take(("ann", "here"), 100 * 1e6).left == 2


def test_a_refused_request_takes_no_token_from_the_other_bucket() -> None:
    buckets = local()
    for _ in range(9):
        buckets.take(("ann", "here"), 0)

    assert [buckets.take(("", "here"), 0).allowed for _ in range(3)] == [True, True, False]
