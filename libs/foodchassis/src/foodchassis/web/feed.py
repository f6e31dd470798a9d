"""Notifications of changes: every instance receives them through Redis and wakes its streams.

They only make streams fast, not correct: streams read their content from the database.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from prometheus_client import Gauge
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from foodchassis.kernel.resources import Resources

log = structlog.get_logger()
LOST = (RedisError, OSError)
LOOK_SECONDS = 1.0


class Announcer:
    """Collects changes and publishes them in batches; while Redis is down they are lost."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[str]] = {}
        self._wake = asyncio.Event()

    def announce(self, subject: str, what: str) -> None:
        """Queue a change to be published soon; never waits."""
        self._waiting.setdefault(subject, set()).add(what)
        self._wake.set()

    async def run(self, redis: Redis) -> None:
        """Publish queued changes until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            announced, self._waiting = self._waiting, {}
            try:
                async with redis.pipeline(transaction=False) as pipeline:
                    for subject, changes in announced.items():
                        for what in changes:
                            pipeline.publish(subject, what)
                    await pipeline.execute()
            except LOST as error:
                log.warning("feed.announcements_lost", subjects=len(announced), error=repr(error)[:200])


class Watcher:
    """The pending changes of one subject, and the newest value of the channel `latest`."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._changed: set[str] = set()
        self._unsure = True
        self._latest: str | None = None

    def wake(self, what: str | None = None) -> None:
        """Record that `what` has changed, or that anything may have changed."""
        if what is None:
            self._unsure = True
        else:
            self._changed.add(what)
        self._woken.set()

    def see(self, value: str) -> None:
        """Store a value until it is read; an older unread one is dropped."""
        self._latest = value
        self._woken.set()

    def latest(self) -> str | None:
        """Return the newest value that has not been returned yet, or None."""
        taken, self._latest = self._latest, None
        return taken

    def changes(self) -> frozenset[str] | None:
        """Return the changes since the last call, or None when anything may have changed."""
        changed = None if self._unsure else frozenset(self._changed)
        self._unsure, self._changed = False, set()
        return changed

    async def wait(self, seconds: float) -> None:
        """Wait for a change for at most `seconds`; after the time-out anything may have changed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._unsure |= not self._woken.is_set()
        self._woken.clear()


class Feed:
    """The feed of one instance: one subscription shared by all its streams; `streams` is the gauge of their number.

    `pulse` is a channel that is always subscribed to, so that a lost connection is noticed while no stream is open.
    """

    def __init__(self, resources: Resources, pulse: str, streams: Gauge) -> None:
        self._resources = resources
        self._pulse = pulse
        self._streams = streams
        self._announcer = Announcer()
        self._pubsub: PubSub | None = None
        self._subscribing = asyncio.Lock()
        self._watchers: dict[str, set[Watcher]] = {}
        self._shown: dict[str, set[Watcher]] = {}

    @property
    def connected(self) -> bool:
        """Return whether notifications of other instances are received."""
        return self._pubsub is not None

    @property
    def ending(self) -> bool:
        """Return whether the service is shutting down, so that streams must end."""
        return self._resources.draining

    def announce(self, subject: str, what: str) -> None:
        """Announce a change of a subject to the streams of every instance; never waits."""
        self._wake(subject, what)
        if self._resources.find(Redis) is not None:
            self._announcer.announce(subject, what)

    @asynccontextmanager
    async def watch(self, subject: str, latest: str | None = None) -> AsyncIterator[Watcher]:
        """Watch a subject's changes and the newest value of the channel `latest`."""
        watcher = Watcher()
        watched = [(self._watchers, subject), *([(self._shown, latest)] if latest else [])]
        for registry, channel in watched:
            registry.setdefault(channel, set()).add(watcher)
        with self._streams.track_inprogress():
            try:
                await self._subscribe(*(channel for _, channel in watched))
                yield watcher
            finally:
                for registry, channel in watched:
                    registry[channel].discard(watcher)
                    if not registry[channel]:
                        del registry[channel]
                # When a client disconnects, its stream is cancelled at its await.
                await asyncio.shield(self._subscribe(*(channel for _, channel in watched)))

    def work(self, redis: Redis) -> tuple[Coroutine[Any, Any, None], ...]:
        """Return the background tasks: publishing and receiving."""
        return self._announcer.run(redis), self._listen(redis)

    async def _listen(self, redis: Redis) -> None:
        """Wake streams on notifications; while Redis is down the streams poll the database."""
        while True:
            try:
                await self._receive(redis)
            except LOST as error:
                log.warning("feed.lost", error=repr(error)[:200])
            finally:
                self._pubsub = None
                self._wake_all()
            await asyncio.sleep(LOOK_SECONDS)

    async def _receive(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            async with self._subscribing:
                await pubsub.subscribe(self._pulse, *self._watchers, *self._shown)
                self._pubsub = pubsub
            # Changes before the subscription must be read from the database.
            self._wake_all()
            while True:
                message = await pubsub.get_message(timeout=LOOK_SECONDS)
                if message is not None:
                    self._received(message["channel"], message["data"])
                if self.ending:
                    self._wake_all()

    def _received(self, channel: str, data: str) -> None:
        self._wake(channel, data)
        for watcher in self._shown.get(channel, ()):
            watcher.see(data)

    def _wake(self, subject: str, what: str) -> None:
        for watcher in self._watchers.get(subject, ()):
            watcher.wake(what)

    def _wake_all(self) -> None:
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.wake()

    async def _subscribe(self, *channels: str) -> None:
        """Update the subscription to the watched channels; a new connection subscribes to all of them."""
        async with self._subscribing:
            if self._pubsub is None:
                return
            wanted = {channel: channel in self._watchers or channel in self._shown for channel in channels}
            with suppress(*LOST):
                if more := [channel for channel, is_wanted in wanted.items() if is_wanted]:
                    await self._pubsub.subscribe(*more)
                if less := [channel for channel, is_wanted in wanted.items() if not is_wanted]:
                    await self._pubsub.unsubscribe(*less)
