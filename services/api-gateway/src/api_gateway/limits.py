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

from api_gateway.buckets import LocalBuckets, Policy, Verdict
from api_gateway.leases import Leases
from api_gateway.metrics import decided_locally
from api_gateway.settings import GatewaySettings
from foodchassis import end, step

log = structlog.get_logger()
AWAY = (RedisError, OSError, TimeoutError)
# So many requests share one round trip at most: the script must not hold Redis for long.
BATCH = 100
Keys = tuple[str, str]
NOTHING = ["", ""]


@dataclass(slots=True)
class Trip:
    """What one request waits for: a token of its caller's and of its address's bucket ("" for one it has already)."""

    keys: Keys
    missing: list[str]
    answered: "asyncio.Future[Verdict | None] | None" = None


class RateLimiter:
    """Takes one token per request from two buckets, most of them in advance.

    Requests that arrive while Redis answers others wait for the next round trip and share it.
    """

    def __init__(self, settings: GatewaySettings, redis: Redis | None) -> None:
        identity = Policy("identity", settings.identity_rate, settings.identity_burst)
        address = Policy("address", settings.address_rate, settings.address_burst)
        self.policies = f"{identity.described}, {address.described}".encode()
        self._names = (identity.name, address.name)
        self._numbers = (identity.interval, identity.burst, address.interval, address.burst)
        self._leases = (Leases(identity, settings.limiter_lease), Leases(address, settings.limiter_lease))
        self._local = LocalBuckets(identity, address)
        health = Policy("health", settings.health_rate, settings.health_burst)
        self._health = LocalBuckets(identity, health)
        self._settings = settings
        self._redis = redis
        self._script: Any = redis and redis.register_script((files("api_gateway") / "bucket.lua").read_text())
        self._waiting: list[Trip] = []
        self._courier: asyncio.Task[None] | None = None
        self._probe: asyncio.Task[None] | None = None

    async def take(self, identity: str, address: str) -> Verdict:
        """Let one request of a caller ("" when anonymous) from an address go on, or not."""
        keys = (identity and f"limit:i:{identity}", f"limit:a:{address}")
        if self._redis is None or self._probe is not None:
            return self._decide_here(keys)
        trip = Trip(keys, [*keys])
        if not self._settle(trip, time.time()) and (verdict := await self._fetch(trip)) is not None:
            return verdict
        return self._standing(keys, time.time())

    def take_health(self, address: str) -> Verdict:
        """Decide on one look at our health: by this process alone, so that it needs no other server."""
        return self._health.take(("", address), time.time() * 1e6)

    async def close(self) -> None:
        """Stop what runs in the background."""
        await end(*(task for task in (self._courier, self._probe) if task is not None))

    def _settle(self, trip: Trip, now: float) -> bool:
        """Give a request what is here in advance; return whether nothing is missing any more."""
        for place, leases in enumerate(self._leases):
            key = trip.missing[place]
            if key and leases.spend(key, now):
                trip.missing[place] = ""
        return trip.missing == NOTHING

    def _standing(self, keys: Keys, now: float) -> Verdict:
        """Let a request go on, and describe the bucket nearest to empty."""
        mine, theirs = self._leases
        left, until_full = theirs.standing(keys[1], now)
        policy = 1
        if keys[0]:
            of_mine, mine_full = mine.standing(keys[0], now)
            if of_mine <= left:
                left, until_full, policy = of_mine, mine_full, 0
        return Verdict(True, self._names[policy], left, math.ceil(until_full))

    async def _fetch(self, trip: Trip) -> Verdict | None:
        """Wait until nothing is missing and return None, or return the verdict when it is refused or Redis is away."""
        trip.answered = asyncio.get_running_loop().create_future()
        self._waiting.append(trip)
        if self._courier is None:
            # It serves many requests, so it belongs to the trace of none.
            self._courier = asyncio.create_task(self._carry(), context=Context())
        with step("limit"):
            return await trip.answered

    async def _carry(self) -> None:
        """Take all that wait to Redis, batch by batch; what one brought in advance may be enough for the next."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                now = time.time()
                settled = [trip for trip in batch if self._settle(trip, now)]
                asking = [trip for trip in batch if trip.missing != NOTHING]
                verdicts = await self._ask(asking) if asking else []
                for trip, verdict in [*zip(asking, verdicts, strict=True), *((trip, None) for trip in settled)]:
                    if trip.answered is not None and not trip.answered.done():
                        trip.answered.set_result(verdict)
        finally:
            self._courier = None

    async def _ask(self, trips: list[Trip]) -> list[Verdict | None]:
        """Fetch what is missing to each, and return a verdict for those that do not get it."""
        if self._probe is not None:
            return [self._decide_here(trip.keys) for trip in trips]
        now = time.time()
        keys, wanted = [], []
        for trip in trips:
            for leases, key in zip(self._leases, trip.missing, strict=True):
                keys.append(key)
                wanted.append(leases.wanted(key, now) if key else 0)
        try:
            async with asyncio.timeout(self._settings.limiter_timeout):
                flat = await self._script(keys=keys, args=[*self._numbers, *wanted])
        except AWAY as error:
            log.warning("limiter.redis_lost", error=type(error).__name__)
            self._probe = asyncio.create_task(self._wait_for_redis())
            flat = [0] * 6 * len(trips)
            self._bring(trips, flat)
            return [self._decide_here(trip.keys) for trip in trips]
        return self._bring(trips, flat)

    def _bring(self, trips: list[Trip], flat: list[int]) -> list[Verdict | None]:
        """Store what the script gave to each request; return its verdict for those that it refused."""
        now = time.time()
        verdicts: list[Verdict | None] = []
        for number, trip in enumerate(trips):
            refused, wait, *brought = flat[6 * number : 6 * number + 6]
            for place, leases in enumerate(self._leases):
                if trip.missing[place]:
                    leases.store(trip.missing[place], brought[2 * place], now + brought[2 * place + 1] / 1e6, now)
                elif refused and trip.keys[place]:
                    leases.give_back(trip.keys[place])
            full = Verdict(False, self._names[refused - 1], 0, -(-wait // 1_000_000))
            verdicts.append(full if refused else None)
        return verdicts

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
