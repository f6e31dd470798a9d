"""Rate limits per caller and per address: in Redis for all gateways together, in this process while Redis is away."""

import asyncio
import math
import time
from contextvars import Context
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api_gateway.metrics import decided_locally
from api_gateway.settings import GatewaySettings
from foodchassis import end, step

log = structlog.get_logger()
AWAY = (RedisError, OSError, TimeoutError)
# So many requests share one round trip at most: the script must not hold Redis for long.
BATCH = 100
KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Policy:
    """How fast a bucket fills (tokens a second) and how many tokens it holds."""

    name: str
    rate: float
    burst: int

    @property
    def interval(self) -> float:
        """Microseconds per token."""
        return 1_000_000 / self.rate

    @property
    def described(self) -> str:
        """The policy as an item of the RateLimit-Policy header."""
        return f'"{self.name}";q={self.burst};w={max(1, math.ceil(self.burst / self.rate))}'


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may go on, and how the bucket nearest to empty stands."""

    allowed: bool
    policy: str
    left: int
    seconds: int

    @property
    def described(self) -> bytes:
        """The verdict as the value of the RateLimit header."""
        return b'"%s";r=%d;t=%d' % (self.policy.encode(), self.left, self.seconds)


class LocalBuckets:
    """Buckets kept as the moment, in microseconds, each will be full again."""

    def __init__(self, identity: Policy, address: Policy) -> None:
        self._policies = (identity, address)
        self._full_at: dict[str, float] = {}

    def take(self, keys: tuple[str, str], now: float) -> Verdict:
        """Take one token from the caller's bucket ("" when unknown) and one from the address's, or none at all."""
        full: dict[str, float] = {}
        standing: list[tuple[float, int, Policy]] = []
        for key, policy in zip(keys, self._policies, strict=True):
            if key:
                at = max(now, self._full_at.get(key, 0.0)) + policy.interval
                full[key] = at
                room = policy.burst * policy.interval - (at - now)
                standing.append((room, math.floor(room / policy.interval), policy))
        room, left, nearest = min(standing, key=lambda one: one[0] if one[0] < 0 else one[1])
        if room < 0:
            return Verdict(allowed=False, policy=nearest.name, left=0, seconds=math.ceil(-room / 1e6))
        if len(self._full_at) >= KEPT:
            self._forget(now)
        self._full_at.update(full)
        until_full = full[keys[self._policies.index(nearest)]] - now
        return Verdict(allowed=True, policy=nearest.name, left=left, seconds=math.ceil(until_full / 1e6))

    def _forget(self, now: float) -> None:
        """Drop the full buckets; when too many are not full, forget all."""
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        if len(self._full_at) >= KEPT:
            self._full_at.clear()


Waiting = tuple[tuple[str, str], "asyncio.Future[Verdict]"]


class RateLimiter:
    """Takes one token per request from two buckets.

    Requests that arrive while Redis answers others wait for the next round trip and share it.
    """

    def __init__(self, settings: GatewaySettings, redis: Redis | None) -> None:
        identity = Policy("identity", settings.identity_rate, settings.identity_burst)
        address = Policy("address", settings.address_rate, settings.address_burst)
        self.policies = f"{identity.described}, {address.described}".encode()
        self._names = ("", identity.name, address.name)
        self._numbers = (identity.interval, identity.burst, address.interval, address.burst)
        self._local = LocalBuckets(identity, address)
        health = Policy("health", settings.health_rate, settings.health_burst)
        self._health = LocalBuckets(identity, health)
        self._settings = settings
        self._redis = redis
        self._script: Any = redis and redis.register_script((files("api_gateway") / "bucket.lua").read_text())
        self._waiting: list[Waiting] = []
        self._courier: asyncio.Task[None] | None = None
        self._probe: asyncio.Task[None] | None = None

    async def take(self, identity: str, address: str) -> Verdict:
        """Let one request of a caller ("" when anonymous) from an address go on, or not."""
        keys = (identity and f"limit:i:{identity}", f"limit:a:{address}")
        if self._redis is None or self._probe is not None:
            return self._decide_here(keys)
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((keys, future))
        if self._courier is None:
            # It serves many requests, so it belongs to the trace of none.
            self._courier = asyncio.create_task(self._carry(), context=Context())
        with step("limit"):
            return await future

    def take_health(self, address: str) -> Verdict:
        """Decide on one look at our health: by this process alone, so that it needs no other server."""
        return self._health.take(("", address), time.time() * 1e6)

    async def close(self) -> None:
        """Stop what runs in the background."""
        await end(*(task for task in (self._courier, self._probe) if task is not None))

    async def _carry(self) -> None:
        """Take all that wait to Redis, batch by batch."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                keys = [keys for keys, _ in batch]
                verdicts = await self._ask(keys)
                for (_, future), verdict in zip(batch, verdicts, strict=True):
                    if not future.done():
                        future.set_result(verdict)
        finally:
            self._courier = None

    async def _ask(self, keys: list[tuple[str, str]]) -> list[Verdict]:
        if self._probe is not None:
            return [self._decide_here(one) for one in keys]
        try:
            async with asyncio.timeout(self._settings.limiter_timeout):
                flat = await self._script(keys=[key for pair in keys for key in pair], args=self._numbers)
        except AWAY as error:
            log.warning("limiter.redis_lost", error=type(error).__name__)
            self._probe = asyncio.create_task(self._wait_for_redis())
            return [self._decide_here(one) for one in keys]
        return [
            Verdict(not refused, self._names[nearest], left, -(-wait // 1_000_000))
            for refused, nearest, left, wait in zip(flat[::4], flat[1::4], flat[2::4], flat[3::4], strict=True)
        ]

    def _decide_here(self, keys: tuple[str, str]) -> Verdict:
        decided_locally.inc()
        return self._local.take(keys, time.time() * 1e6)

    async def _wait_for_redis(self) -> None:
        """Look for Redis until it answers, so that no request has to wait for a dead one."""
        assert self._redis is not None
        while True:
            await asyncio.sleep(self._settings.limiter_probe_interval)
            try:
                async with asyncio.timeout(self._settings.limiter_timeout):
                    await self._redis.ping()
            except AWAY:
                continue
            log.info("limiter.redis_found")
            self._probe = None
            return
