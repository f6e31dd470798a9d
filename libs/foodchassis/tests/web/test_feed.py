"""Streams hear of changes by Redis; whatever Redis loses, they learn that anything may have changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import Gauge
from redis.asyncio import Redis

from devservers.ports import free_ports
from foodchassis import Resources, ServiceSettings
from foodchassis.kernel import background
from foodchassis.storage.cache import open_redis
from foodchassis.testing import eventually
from foodchassis.web import Feed, feed

SETTINGS = ServiceSettings(service_name="boards", redis_timeout=5, _env_file=None)
Start = Callable[..., Awaitable[Feed]]


@pytest.fixture
def pulse() -> str:
    """A channel of this test alone: Redis's numbered databases share their channels."""
    return f"pulse-{uuid4()}"


@pytest.fixture
def subject() -> str:
    return f"board-{uuid4()}"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
async def start(redis_url: str, pulse: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Yield a function that starts the feed of one more instance, and waits until it is connected."""
    monkeypatch.setattr(feed, "LOOK_SECONDS", 0.05)
    async with AsyncExitStack() as stack:

        async def run(url: str = redis_url) -> Feed:
            resources = Resources(SETTINGS)
            client = await stack.enter_async_context(open_redis(SETTINGS, url))
            resources.add(client, Redis)
            made = Feed(resources, pulse, Gauge("streams", "Open streams", registry=None))
            await stack.enter_async_context(background(*made.work(client)))
            if url == redis_url:
                await connected(made)
            return made

        yield run


async def connected(one: Feed) -> None:
    async def is_connected() -> bool:
        return one.connected

    await eventually(is_connected)


async def subscribers(redis: Redis, *channels: str) -> list[int]:
    return [count for _, count in await redis.pubsub_numsub(*channels)]


def open_streams(one: Feed) -> float:
    return float(one._streams._value.get())


async def test_an_instance_hears_what_another_announces_of_its_subjects(start: Start, subject: str) -> None:
    one, other = await start(), await start()
    async with other.watch(subject) as watcher, other.watch(f"not-{subject}") as stranger:
        assert (watcher.changes(), stranger.changes()) == (None, None)
        for what in ("a", "b", "a"):
            one.announce(subject, what)
        found = set[str]()
        while found != {"a", "b"}:
            await watcher.wait(5)
            found |= watcher.changes() or set()

        assert stranger.changes() == frozenset()


async def test_a_stream_of_the_same_instance_is_woken_at_once(start: Start, subject: str) -> None:
    one = await start()
    async with one.watch(subject) as watcher, one.watch(subject) as second:
        assert (watcher.changes(), second.changes()) == (None, None)
        one.announce(subject, "a")

        # Redis has had no time to send it back.
        assert (watcher.changes(), second.changes()) == (frozenset("a"), frozenset("a"))
        assert watcher.changes() == frozenset()


async def test_without_redis_an_instance_tells_its_own_streams(subject: str) -> None:
    alone = Feed(Resources(SETTINGS), "pulse", Gauge("streams", "Open streams", registry=None))
    async with alone.watch(subject) as watcher:
        watcher.changes()
        alone.announce(subject, "a")

        assert watcher.changes() == frozenset("a")
    assert not alone.connected
    assert alone._announcer._waiting == {}


async def test_after_a_wait_without_news_anything_may_have_changed(start: Start, subject: str) -> None:
    one = await start()
    async with one.watch(subject) as watcher:
        watcher.changes()
        await watcher.wait(0.01)
        assert watcher.changes() is None

        watcher.wake("a")
        await watcher.wait(60)
        assert watcher.changes() == frozenset("a")
        await watcher.wait(0.01)
        assert watcher.changes() is None


async def test_of_the_values_of_a_channel_only_the_newest_is_shown_and_once(
    start: Start, redis: Redis, subject: str
) -> None:
    one = await start()
    async with one.watch(subject, f"{subject}:position") as watcher, one.watch(subject) as plain:
        for value in ("old", "new"):
            await redis.publish(f"{subject}:position", value)

        async def seen() -> bool:
            return watcher._latest == "new"

        await eventually(seen)
        watcher.changes()
        await watcher.wait(60)
        assert (watcher.latest(), watcher.latest(), plain.latest()) == ("new", None, None)
        # A value is no change: nothing has to be read because of it.
        assert watcher.changes() == frozenset()


async def test_a_lost_connection_makes_everything_unsure_and_is_made_anew(
    start: Start, redis: Redis, redis_number: int, subject: str, pulse: str
) -> None:
    one = await start()
    async with one.watch(subject, f"{subject}:position") as watcher:
        watcher.changes()
        ours = [each for each in await redis.client_list("pubsub") if int(each["db"]) == redis_number]
        await asyncio.gather(*(redis.client_kill_filter(_id=each["id"]) for each in ours))
        await watcher.wait(60)
        assert watcher.changes() is None
        await connected(one)

        async def again() -> bool:
            return await subscribers(redis, pulse, subject, f"{subject}:position") == [1, 1, 1]

        await eventually(again)
        await redis.publish(subject, "a")

        async def heard() -> bool:
            return "a" in watcher._changed

        await eventually(heard)


async def test_a_stream_that_begins_while_redis_is_away_is_heard_later(
    start: Start, redis: Redis, subject: str
) -> None:
    one = await start()
    pool: Any = one._resources.get(Redis).connection_pool
    pubsub: Any = one._pubsub
    port, pool.connection_kwargs["port"] = pool.connection_kwargs["port"], free_ports(1)[0]
    await pubsub.connection.disconnect()

    async def lost() -> bool:
        return not one.connected

    await eventually(lost)
    async with one.watch(subject) as watcher:
        pool.connection_kwargs["port"] = port
        pool.reset()
        await connected(one)
        assert watcher.changes() is None
        assert await subscribers(redis, subject) == [1]


async def test_what_redis_does_not_take_is_lost_and_keeps_nobody_waiting(
    start: Start, subject: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(feed, "LOOK_SECONDS", 60)
    logged = ""
    away = await start(f"redis://127.0.0.1:{free_ports(1)[0]}/0")
    async with away.watch(subject) as watcher:
        watcher.changes()
        away.announce(subject, "a")

        assert watcher.changes() == frozenset("a")

        async def given_up() -> bool:
            nonlocal logged
            logged += capsys.readouterr().out
            return "feed.announcements_lost" in logged and "feed.lost" in logged

        await eventually(given_up)
    assert not away.connected
    # It tries again after a pause.
    assert logged.count("feed.lost") == 1


async def test_readers_who_leave_leave_no_subscription(start: Start, redis: Redis, subject: str, pulse: str) -> None:
    one = await start()
    channels = (pulse, subject, f"{subject}:position")
    async with one.watch(subject):
        async with one.watch(subject, f"{subject}:position"):
            assert open_streams(one) == 2

            async def subscribed(*counts: int) -> bool:
                return await subscribers(redis, *channels) == [*counts]

            await eventually(lambda: subscribed(1, 1, 1))
        # The other reader is still there.
        await eventually(lambda: subscribed(1, 1, 0))
    await eventually(lambda: subscribed(1, 0, 0))
    assert (one._watchers, one._shown, open_streams(one)) == ({}, {}, 0)


async def test_readers_who_are_cancelled_again_while_they_leave_leave_nothing(
    start: Start, redis: Redis, subject: str, pulse: str
) -> None:
    one = await start()

    async def read() -> None:
        async with one.watch(subject):
            await asyncio.Event().wait()

    async def subscribed(count: int) -> bool:
        return await subscribers(redis, pulse, subject) == [1, count]

    readers = [asyncio.create_task(read()) for _ in range(20)]
    await eventually(lambda: subscribed(1))
    async with one._subscribing:
        for _ in range(2):
            for reader in readers:
                reader.cancel()
            # Each comes to where it waits next.
            await asyncio.wait(readers, timeout=0.1)
    await asyncio.gather(*readers, return_exceptions=True)

    await eventually(lambda: subscribed(0))
    assert (one._watchers, open_streams(one)) == ({}, 0)


async def test_a_shutdown_wakes_every_stream(start: Start, subject: str) -> None:
    one = await start()
    async with one.watch(subject) as watcher:
        assert not one.ending
        one._resources.draining = True
        watcher.changes()
        async with asyncio.timeout(5):
            await watcher.wait(60)

        assert one.ending
