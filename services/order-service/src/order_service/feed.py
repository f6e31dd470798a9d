"""Steps and positions as they happen: every instance hears of them by Redis and wakes the streams it serves.

Nothing here is needed for a stream to be right, only for it to be quick: what it tells is read from the history.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Resources, after_commit, background, resources
from order_service import metrics
from order_service.teller import LOST, Teller, channels
from order_service.watcher import Watcher

log = structlog.get_logger()
# Always subscribed to, so that the connection lives and its loss is noticed while nobody watches.
PULSE = "orders"
LOOK_SECONDS = 1.0


class Feed:
    """One instance's part of the feed: one subscription, shared by all its streams."""

    def __init__(self, held: Resources) -> None:
        self._held = held
        self._teller = Teller()
        self._pubsub: PubSub | None = None
        self._subscribing = asyncio.Lock()
        self._watchers: dict[UUID, set[Watcher]] = {}

    @property
    def connected(self) -> bool:
        """Tell whether what other instances do is heard of."""
        return self._pubsub is not None

    @property
    def ending(self) -> bool:
        """Tell whether the service shuts down, and streams are to end."""
        return self._held.draining

    def tell(self, order_id: UUID, version: int) -> None:
        """Tell everybody that an order has a new version; never waits."""
        self._wake(order_id)
        if self._held.find(Redis) is not None:
            self._teller.tell(order_id, version)

    @asynccontextmanager
    async def watch(self, order_id: UUID) -> AsyncIterator[Watcher]:
        """Give a view of what happens to one order."""
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
        """Give what is to run for ever: telling, and listening."""
        return self._teller.run(redis), self._listen(redis)

    async def _listen(self, redis: Redis) -> None:
        """Wake the streams of what others tell; while Redis is lost they look by themselves."""
        while True:
            try:
                await self._hear(redis)
            except LOST as error:
                log.warning("feed.lost", error=repr(error)[:200])
            finally:
                self._pubsub = None
                self._wake(*self._watchers)
            await asyncio.sleep(LOOK_SECONDS)

    async def _hear(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            async with self._subscribing:
                await pubsub.subscribe(PULSE, *(name for order_id in self._watchers for name in channels(order_id)))
                self._pubsub = pubsub
            # What was told before we listened must be looked up.
            self._wake(*self._watchers)
            while True:
                message = await pubsub.get_message(timeout=LOOK_SECONDS)
                if message is not None:
                    self._heard(message["channel"], message["data"])
                if self.ending:
                    self._wake(*self._watchers)

    def _heard(self, channel: str, data: str) -> None:
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
async def feeding(held: Resources) -> AsyncIterator[None]:
    """Run the feed for as long as the service runs."""
    feed = held.add(Feed(held))
    redis = held.find(Redis)
    async with background(*(feed.work(redis) if redis else ())):
        yield


def feed_of(held: Resources) -> Feed:
    """Return the running service's feed."""
    feed: Feed = held.get(Feed)
    return feed


def tell_after_commit(session: AsyncSession, order_id: UUID, version: int) -> None:
    """Tell everybody of an order's new version once the session has committed it."""
    after_commit(session, partial(feed_of(resources(session)).tell, order_id, version))
