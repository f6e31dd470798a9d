"""Tokens taken in advance: fewer round trips, and never more requests than tokens in the buckets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from api_gateway.buckets import Policy
from api_gateway.leases import LIFE, Leases
from api_gateway.limits import RateLimiter
from api_gateway.settings import GatewaySettings

Make = Callable[..., RateLimiter]


@pytest_asyncio.fixture
async def gateways(redis_url: str) -> AsyncIterator[Make]:
    """Yield a function that creates the limiter of another gateway, with buckets that do not refill during the test."""
    async with AsyncExitStack() as stack:

        def make(identity: int, address: int) -> RateLimiter:
            bursts = {"identity_burst": identity, "address_burst": address}
            slow = {"identity_rate": 0.001, "address_rate": 0.001, "limiter_timeout": 5}
            redis = Redis.from_url(redis_url, decode_responses=True)
            stack.push_async_callback(redis.aclose)
            limiter = RateLimiter(GatewaySettings.model_validate({**bursts, **slow}), redis)
            stack.push_async_callback(limiter.close)
            return limiter

        yield make


def round_trips(limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Record the requests of the limiter to Redis."""
    noted: list[Any] = []
    script = limiter._script

    async def ask(keys: list[str], args: list[float]) -> Any:
        noted.append(keys)
        return await script(keys=keys, args=args)

    monkeypatch.setattr(limiter, "_script", ask)
    return noted


async def test_most_requests_need_no_round_trip(gateways: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = gateways(1000, 4000)
    requests = round_trips(limiter, monkeypatch)

    verdicts = [await limiter.take("ann", "x") for _ in range(400)]

    assert all(one.allowed for one in verdicts)
    assert [one.left for one in verdicts] == list(range(999, 599, -1))
    assert len(requests) < 40


async def test_an_infrequent_caller_takes_one_token(gateways: Make, redis_url: str) -> None:
    one, other = gateways(1000, 1000), gateways(1000, 1000)

    await one.take("ann", "x")

    assert (await other.take("ann", "y")).left == 998


async def test_many_callers_at_two_gateways_never_exceed_the_bucket(gateways: Make) -> None:
    both = gateways(10_000, 300), gateways(10_000, 300)

    async def allowed_requests(limiter: RateLimiter, caller: str) -> int:
        return sum([(await limiter.take(caller, "x")).allowed for _ in range(40)])

    allowed = sum(await asyncio.gather(*(allowed_requests(one, f"{n}") for one in both for n in range(10))))

    # Tokens that one gateway took in advance are not available to the other when the bucket is empty.
    assert 300 - 2 * (300 // 20) <= allowed <= 300


async def test_a_small_bucket_grants_no_tokens_in_advance(gateways: Make) -> None:
    one, other = gateways(19, 10_000), gateways(19, 10_000)

    allowed = [(await limiter.take("ann", "x")).allowed for _ in range(15) for limiter in (one, other)]

    assert sum(allowed) == 19


async def test_a_bucket_grants_at_most_half_of_its_tokens_in_advance(gateways: Make) -> None:
    limiter = gateways(100, 100)

    answers = [await limiter._script(keys=["limit:i:ann", ""], args=[*limiter._numbers, 99, 0]) for _ in range(9)]

    assert [taken for _, _, taken, *_ in answers] == [50, 25, 12, 6, 3, 2, 1, 1, 0]


async def test_a_refused_request_returns_its_other_token(gateways: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = gateways(5, 1000)
    for _ in range(60):
        await limiter.take("", "x")
    requests = round_trips(limiter, monkeypatch)
    before = (await limiter.take("", "x")).left

    verdicts = [await limiter.take("ann", "x") for _ in range(50)]

    assert [one.allowed for one in verdicts] == [True] * 5 + [False] * 45
    assert verdicts[-1].policy == "identity"
    assert (await limiter.take("", "x")).left == before - 6
    assert any(keys[1] == "" for keys in requests)


def make_leases(burst: int = 1000) -> Leases:
    return Leases(Policy("identity", 10, burst), most=8)


def test_a_lease_grows_while_it_is_used_and_resets() -> None:
    leases = make_leases()

    sizes = []
    for moment in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.5 + LIFE):
        sizes.append(leases.wanted("ann", moment))
        leases.store("ann", sizes[-1], 0.0, moment)

    assert sizes == [1, 4, 8, 8, 8, 8, 1]


def test_unused_tokens_expire() -> None:
    leases = make_leases()
    leases.store("ann", 3, 0.0, now=100.0)

    assert leases.spend("ann", 100.0 + LIFE / 2)
    assert leases.spend("ann", 100.0 + LIFE) is None
    assert leases.store("ann", 1, 0.0, now=100.0 + LIFE).left == 0


def test_only_one_request_takes_tokens_in_advance() -> None:
    leases = make_leases()
    leases.store("ann", leases.wanted("ann", 0.0), 0.0, 0.0)

    assert [leases.wanted("ann", 0.1) for _ in range(3)] == [4, 1, 1]


def test_a_bucket_grants_at_most_a_twentieth_in_advance() -> None:
    leases = make_leases(burst=40)

    sizes = []
    for _ in range(4):
        sizes.append(leases.wanted("ann", 0.0))
        leases.store("ann", sizes[-1], 0.0, 0.0)

    assert sizes == [1, 2, 2, 2]


def test_leases_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api_gateway.leases.KEPT", 3)
    leases = make_leases()
    for number in range(10):
        leases.store(f"caller-{number}", 1, 0.0, 0.0)

    assert len(leases._held) <= 3
