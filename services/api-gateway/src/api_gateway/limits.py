"""Rate limits per caller and per address: shared in Redis, or local to this process while Redis is down."""

import asyncio
import time
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api_gateway.buckets import LocalBuckets, Policy, Verdict
from api_gateway.leases import Lease, Leases
from api_gateway.metrics import decided_locally
from api_gateway.settings import GatewaySettings
from foodchassis.kernel import end
from foodchassis.telemetry import step

log = structlog.get_logger()
AWAY = (RedisError, OSError, TimeoutError)
# Maximum requests per round trip, so that the script does not block Redis for long.
BATCH = 100
Keys = tuple[str, str]


@dataclass(slots=True)
class Trip:
    """The tokens that one request waits for: of its caller's bucket (key "" when unknown) and of its address's.

    A lease is None while its token is missing.
    """

    keys: Keys
    leases: list[Lease | None]
    wanted: list[int]
    answered: "asyncio.Future[Verdict]"


class RateLimiter:
    """Takes one token per request from two buckets, mostly in advance.

    Requests that arrive during a round trip share the next one.
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
        """Return the verdict on one request of a caller ("" when anonymous) from an address."""
        keys = (identity and f"limit:i:{identity}", f"limit:a:{address}")
        if self._redis is None or self._probe is not None:
            return self._decide_here(keys)
        now = time.time()
        mine, theirs = self._leases
        leases = [mine.spend(keys[0], now) if identity else None, theirs.spend(keys[1], now)]
        if leases[1] is None or (identity and leases[0] is None):
            return await self._fetch(Trip(keys, leases, [], asyncio.get_running_loop().create_future()))
        return _standing(leases)

    def take_health(self, address: str) -> Verdict:
        """Return the verdict on a health request, local to this process, so that it needs no other server."""
        return self._health.take(("", address), time.time() * 1e6)

    async def close(self) -> None:
        """Stop what runs in the background."""
        await end(*(task for task in (self._courier, self._probe) if task is not None))

    async def _fetch(self, trip: Trip) -> Verdict:
        """Wait until the request has its tokens or is refused."""
        self._waiting.append(trip)
        if self._courier is None:
            # It serves many requests, so it belongs to no single trace.
            self._courier = asyncio.create_task(self._carry(), context=Context())
        with step("limit"):
            return await trip.answered

    async def _carry(self) -> None:
        """Process all waiting requests in batches; tokens taken in advance may suffice for later ones."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                now = time.time()
                unsettled = [trip for trip in batch if not self._settles(trip, now)]
                coming: dict[str, int] = {}
                asking = [trip for trip in unsettled if self._asks(trip, coming, now)]
                if asking:
                    await self._ask(asking)
                    self._waiting = [trip for trip in unsettled if not trip.wanted] + self._waiting
        finally:
            self._courier = None

    def _settles(self, trip: Trip, now: float) -> bool:
        """Admit a request if its missing tokens have arrived; return whether they have."""
        missing = False
        for place, (leases, key) in enumerate(zip(self._leases, trip.keys, strict=True)):
            if key and trip.leases[place] is None:
                trip.leases[place] = leases.spend(key, now)
                missing |= trip.leases[place] is None
        if not missing:
            _answer(trip, _standing(trip.leases))
        return not missing

    def _asks(self, trip: Trip, coming: dict[str, int], now: float) -> bool:
        """Set the number of tokens to request; none when other requests take enough in advance."""
        missing = [key if lease is None else "" for key, lease in zip(trip.keys, trip.leases, strict=True)]
        if all(coming.get(key) for key in missing if key):
            for key in filter(None, missing):
                coming[key] -= 1
            return False
        trip.wanted = [leases.wanted(key, now) if key else 0 for leases, key in zip(self._leases, missing, strict=True)]
        for key, number in zip(missing, trip.wanted, strict=True):
            coming[key] = coming.get(key, 0) + number - 1
        return True

    async def _ask(self, trips: list[Trip]) -> None:
        """Fetch the missing tokens of each request, and decide it."""
        keys = [key if number else "" for trip in trips for key, number in zip(trip.keys, trip.wanted, strict=True)]
        wanted = [number for trip in trips for number in trip.wanted]
        try:
            if self._probe is not None:
                raise RedisError("It was lost just now.")
            async with asyncio.timeout(self._settings.limiter_timeout):
                flat = await self._script(keys=keys, args=[*self._numbers, *wanted])
        except AWAY as error:
            if self._probe is None:
                log.warning("limiter.redis_lost", error=type(error).__name__)
                self._probe = asyncio.create_task(self._wait_for_redis())
            for trip in trips:
                self._store(trip, (0, 0, 0, 0))
                _answer(trip, self._decide_here(trip.keys))
            return
        for number, trip in enumerate(trips):
            refused, wait, *brought = flat[6 * number : 6 * number + 6]
            self._store(trip, brought)
            full = Verdict(False, self._names[refused - 1], 0, -(-wait // 1_000_000))
            _answer(trip, full if refused else _standing(trip.leases))

    def _store(self, trip: Trip, brought: Sequence[int]) -> None:
        """Store the tokens of a request; tokens that it already had are returned when the rest was refused."""
        now = time.time()
        refused = not any(brought[::2])
        for place, (leases, key) in enumerate(zip(self._leases, trip.keys, strict=True)):
            lease = trip.leases[place]
            if key and lease is None:
                trip.leases[place] = leases.store(key, brought[2 * place], brought[2 * place + 1] / 1e6, now)
            elif lease is not None and refused:
                lease.left += 1

    def _decide_here(self, keys: tuple[str, str]) -> Verdict:
        decided_locally.inc()
        return self._local.take(keys, time.time() * 1e6)

    async def _wait_for_redis(self) -> None:
        """Probe Redis until it responds, so that no request waits for it."""
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


def _standing(leases: Sequence[Lease | None]) -> Verdict:
    """Admit a request, and return the state of the bucket nearest to empty."""
    mine, theirs = leases
    assert theirs is not None
    nearest = theirs if mine is None or theirs.shared + theirs.left < mine.shared + mine.left else mine
    return Verdict(True, nearest.policy, nearest.shared + nearest.left, nearest.seconds)


def _answer(trip: Trip, verdict: Verdict) -> None:
    if not trip.answered.done():
        trip.answered.set_result(verdict)
