"""Rate limits per caller and per address: in Redis for all gateways together, in this process while Redis is away."""

import asyncio
import time
from contextvars import Context
from importlib.resources import files
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api_gateway.buckets import LocalBuckets, Policy, Verdict
from api_gateway.metrics import decided_locally
from api_gateway.settings import GatewaySettings
from foodchassis import end

log = structlog.get_logger()
AWAY = (RedisError, OSError, TimeoutError)
# So many requests share one round trip at most: the script must not hold Redis for long.
BATCH = 100

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
        return await future

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
