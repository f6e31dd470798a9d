"""Steps and positions as they happen: every instance receives them by Redis and wakes the streams it serves.

Nothing here is needed for a stream to be right, only for it to be quick: what it sends is read from the history.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from foodchassis import Resources, background
from order_service.adapters import metrics

log = structlog.get_logger()
LOST = (RedisError, OSError)
# Always subscribed to, so that the connection lives and its loss is noticed while no stream is open.
PULSE = "orders"
LOOK_SECONDS = 1.0


def channels(order_id: UUID) -> tuple[str, str]:
    """Return the channels of an order's steps and of its driver's positions."""
    return f"orders:{order_id}", f"orders:{order_id}:position"


class Announcer:
    """Collects the newest versions of orders and publishes many at once; what Redis does not take is lost."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, int] = {}
        self._wake = asyncio.Event()

    def announce(self, order_id: UUID, version: int) -> None:
        """Have an order's version published soon; never waits."""
        self._waiting[order_id] = version
        self._wake.set()

    async def run(self, redis: Redis) -> None:
        """Publish what was announced, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            announced, self._waiting = self._waiting, {}
            try:
                async with redis.pipeline(transaction=False) as pipeline:
                    for order_id, version in announced.items():
                        pipeline.publish(channels(order_id)[0], version)
                    await pipeline.execute()
            except LOST as error:
                log.warning("feed.announcements_lost", steps=len(announced), error=repr(error)[:200])


class Watcher:
    """Whether an order may have gone on, and the newest position of its driver."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._behind = False
        self._position: str | None = None

    def wake(self) -> None:
        """Note that the order may have gone on."""
        self._behind = True
        self._woken.set()

    def see(self, position: str) -> None:
        """Keep a position until it is taken; an older one that was not taken is dropped."""
        self._position = position
        self._woken.set()

    def position(self) -> str | None:
        """Return the newest position that was not returned before, if there is one."""
        taken, self._position = self._position, None
        return taken

    async def wait(self, seconds: float) -> bool:
        """Wait for something new, `seconds` at most; True when the history should be read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        behind = self._behind or not self._woken.is_set()
        self._behind = False
        self._woken.clear()
        return behind


class Feed:
    """One instance's part of the feed: one subscription, shared by all its streams."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._announcer = Announcer()
        self._pubsub: PubSub | None = None
        self._subscribing = asyncio.Lock()
        self._watchers: dict[UUID, set[Watcher]] = {}

    @property
    def connected(self) -> bool:
        """Return whether the announcements of other instances are received."""
        return self._pubsub is not None

    @property
    def ending(self) -> bool:
        """Return whether the service shuts down, and streams are to end."""
        return self._resources.draining

    def announce(self, order_id: UUID, version: int) -> None:
        """Announce an order's new version to the streams of every instance; never waits."""
        self._wake(order_id)
        if self._resources.find(Redis) is not None:
            self._announcer.announce(order_id, version)

    @asynccontextmanager
    async def watch(self, order_id: UUID) -> AsyncIterator[Watcher]:
        """Open a view of what happens to one order."""
        watcher = Watcher()
        self._watchers.setdefault(order_id, set()).add(watcher)
        with metrics.streams.track_inprogress():
            try:
                await self._subscribe(order_id)
                yield watcher
            finally:
                self._watchers[order_id].discard(watcher)
                if not self._watchers[order_id]:
                    del self._watchers[order_id]
                    await self._subscribe(order_id)

    def work(self, redis: Redis) -> tuple[Coroutine[Any, Any, None], ...]:
        """Return what is to run for ever: announcing, and listening."""
        return self._announcer.run(redis), self._listen(redis)

    async def _listen(self, redis: Redis) -> None:
        """Wake the streams of what others announce; while Redis is lost they read by themselves."""
        while True:
            try:
                await self._receive(redis)
            except LOST as error:
                log.warning("feed.lost", error=repr(error)[:200])
            finally:
                self._pubsub = None
                self._wake(*self._watchers)
            await asyncio.sleep(LOOK_SECONDS)

    async def _receive(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            async with self._subscribing:
                await pubsub.subscribe(PULSE, *(name for order_id in self._watchers for name in channels(order_id)))
                self._pubsub = pubsub
            # What was announced before we listened must be read from the history.
            self._wake(*self._watchers)
            while True:
                message = await pubsub.get_message(timeout=LOOK_SECONDS)
                if message is not None:
                    self._received(message["channel"], message["data"])
                if self.ending:
                    self._wake(*self._watchers)

    def _received(self, channel: str, data: str) -> None:
        _, order_id, *position = channel.split(":")
        if not position:
            self._wake(UUID(order_id))
            return
        for watcher in self._watchers.get(UUID(order_id), ()):
            watcher.see(data)

    def _wake(self, *order_ids: UUID) -> None:
        for order_id in order_ids:
            for watcher in self._watchers.get(order_id, ()):
                watcher.wake()

    async def _subscribe(self, order_id: UUID) -> None:
        """Bring our subscription to what is watched now; when it is lost, the next one begins with that."""
        async with self._subscribing:
            if self._pubsub is not None:
                change = self._pubsub.subscribe if order_id in self._watchers else self._pubsub.unsubscribe
                with suppress(*LOST):
                    await change(*channels(order_id))


@asynccontextmanager
async def feeding(resources: Resources) -> AsyncIterator[None]:
    """Run the feed for as long as the service runs."""
    feed = resources.add(Feed(resources))
    redis = resources.find(Redis)
    async with background(*(feed.work(redis) if redis else ())):
        yield
