"""Access tokens that are refused before they expire: a short list in Redis, of which every process has a copy."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson
import structlog
from pydantic import TypeAdapter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from foodchassis.kernel.tasks import background

log = structlog.get_logger()
KEY = "auth:revoked"
# Reading the whole list at this interval adds entries whose message was lost with the connection.
RELOAD_SECONDS = 5.0
RETRY_SECONDS = 0.5
FIRST_READ_SECONDS = 2.0
MESSAGE = TypeAdapter(dict[str, float])


def _names(message: str | bytes) -> dict[str, float]:
    """Return the entries of a message; an unreadable message has none, and the next load reads them."""
    try:
        return MESSAGE.validate_json(message)
    except ValueError:
        log.warning("revocations.unreadable")
        return {}


class Revocations:
    """Names of log-ins (`sid`) and users (`sub`) whose access tokens are refused, each until its last one has expired.

    A look-up reads the local copy only. Without Redis it contains only the entries that this process has added.
    """

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis
        self._until: dict[str, float] = {}
        self._unsent: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._tried = asyncio.Event()

    def __contains__(self, name: object) -> bool:
        return name in self._until

    def add(self, names: Mapping[str, float]) -> None:
        """Refuse the tokens of these names, here immediately and in other processes within milliseconds.

        Values are POSIX times.
        """
        if self._redis is None:
            self._until = self._still_good() | dict(names)
            return
        self._until |= names
        self._unsent |= names
        self._wake.set()

    async def restore(self, names: Mapping[str, float]) -> None:
        """Add the whole list from its owner's database, and send it again when Redis has lost a part of it."""
        self._until |= names
        if self._redis is None:
            return
        try:
            if await self._redis.zcount(KEY, time.time(), "+inf") < len(names):
                self.add(names)
        except (RedisError, OSError):
            log.warning("revocations.unavailable")

    async def load(self) -> None:
        """Copy the list from Redis. Raises RedisError or OSError."""
        assert self._redis is not None
        found: Any = await self._redis.zrange(KEY, time.time(), "+inf", byscore=True, withscores=True)
        self._until = self._still_good() | dict(found)

    def _still_good(self) -> dict[str, float]:
        now = time.time()
        return {name: until for name, until in self._until.items() if until > now}

    async def first_read(self) -> None:
        """Wait until `run` has read the list or failed to, but not for a Redis that is silent."""
        if self._redis is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(FIRST_READ_SECONDS):
                    await self._tried.wait()

    async def run(self) -> None:
        """Follow the list and send added entries, until cancelled."""
        if self._redis is not None:
            async with background(self._send()):
                while True:
                    try:
                        await self._follow(self._redis)
                    except (RedisError, OSError) as error:
                        log.warning("revocations.unavailable", error=repr(error)[:200])
                    self._tried.set()
                    await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(KEY)
            await self.load()
            self._tried.set()
            loaded_at = time.monotonic()
            while True:
                message = await channel.get_message(timeout=RELOAD_SECONDS)
                if message is not None:
                    self._until |= _names(message["data"])
                if time.monotonic() - loaded_at >= RELOAD_SECONDS:
                    await self.load()
                    loaded_at = time.monotonic()

    async def _send(self) -> None:
        assert self._redis is not None
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._unsent = self._unsent, {}
            try:
                async with self._redis.pipeline(transaction=True) as pipe:
                    pipe.zadd(KEY, batch)
                    pipe.zremrangebyscore(KEY, "-inf", time.time())
                    pipe.publish(KEY, orjson.dumps(batch))
                    await pipe.execute()
            except (RedisError, OSError) as error:
                log.warning("revocations.unavailable", error=repr(error)[:200])
                self._unsent = batch | self._unsent
                self._wake.set()
                await asyncio.sleep(RETRY_SECONDS)
