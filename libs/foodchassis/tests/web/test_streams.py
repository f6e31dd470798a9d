"""A stream sends what its reader finds, checks the reader's right again and again, and ends for every good reason."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter, FastAPI
from httpx2 import ASGITransport, AsyncClient
from prometheus_client import Gauge
from pydantic import BaseModel
from redis.asyncio import Redis
from review_service.models import Review
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from typing_extensions import override

from devservers.ports import free_ports
from foodchassis import Database, ForbiddenError, Id, NotFoundError, Principal, Resources, ServiceSettings
from foodchassis import create_service as create
from foodchassis.testing import Issuer, eventually
from foodchassis.web import (
    Events,
    EventStream,
    Feed,
    LastSeen,
    Reader,
    ResourcesDep,
    Revocations,
    StreamUser,
    event_text,
    feeding,
    follow,
    streams,
)

HEARTBEAT = ": heartbeat"
router = APIRouter(prefix="/reviews")


class ReviewEvent(BaseModel):
    """An event of the stream."""

    id: int
    event: str
    data: str


class ReviewsReader(Reader):
    """Reads the reviews of one customer until one has one star; fails where a test wants it."""

    def __init__(self, user: Principal, customer: UUID, after: int = 0) -> None:
        super().__init__(user)
        self.customer, self.after = customer, after
        self.refusal: Exception | None = None
        self.checks = self.reads = 0

    @override
    async def check(self, session: AsyncSession) -> None:
        self.checks += 1
        await session.exec(select(1))
        if self.refusal:
            raise self.refusal

    @override
    async def read(self, resources: Resources, changed: frozenset[str] | None) -> list[str]:
        self.reads += 1
        wanted = select(Review).where(Review.customer_id == self.customer).order_by(col(Review.id))
        async with resources.get(Database).transaction() as session:
            rows = (await session.exec(wanted)).all()[self.after :]
        found = [event_text("review", row.text or "", self.after + n + 1) for n, row in enumerate(rows)]
        self.after += len(rows)
        self.ended = any(row.stars == 1 for row in rows)
        return found

    @override
    def show(self, latest: str) -> list[str]:
        return [event_text("typing", latest)]


@router.get("/stream", response_class=EventStream, responses={200: {"model": Events[ReviewEvent]}})
async def stream_reviews(customer: Id, user: StreamUser, after: LastSeen, resources: ResourcesDep) -> EventStream:
    """Follow the reviews of a customer."""
    return EventStream(follow(resources, ReviewsReader(user, customer, after), str(customer)))


class Stream:
    """One stream that is being read: each block as it is sent."""

    def __init__(self, resources: Resources, reader: ReviewsReader, customer: UUID) -> None:
        self.reader = reader
        self.blocks: list[str] = []
        subject = str(customer)
        self.task = asyncio.create_task(self._read(follow(resources, reader, subject, f"{subject}:typing")))

    async def _read(self, events: AsyncIterator[str]) -> None:
        async for sent in events:
            self.blocks += [block for block in sent.split("\n\n") if block]

    @property
    def events(self) -> list[str]:
        return [block for block in self.blocks if block != HEARTBEAT]

    async def has_sent(self, block: str, times: int = 1) -> None:
        async def sent() -> bool:
            return self.blocks.count(block) >= times or self.task.done()

        await eventually(sent)
        assert self.blocks.count(block) >= times

    async def has_ended(self) -> None:
        async with asyncio.timeout(10):
            await self.task


Start = Callable[..., Awaitable[FastAPI]]
Open = Callable[..., Stream]


@pytest.fixture
async def start(service_environment: dict[str, str]) -> AsyncIterator[Start]:
    """Yield a function that starts an instance whose streams say little by themselves; settings may differ."""
    async with AsyncExitStack() as stack:
        usual = {name.lower(): value for name, value in service_environment.items()}
        usual |= {"stream_heartbeat_seconds": "60", "stream_poll_seconds": "60"}

        async def run(**settings: str) -> FastAPI:
            made: Any = {**usual, **settings}
            gauge = Gauge("streams", "Open streams", registry=None)
            app = create(
                ServiceSettings(service_name="review-service", _env_file=None, **made),
                routers=[router],
                lifespan=feeding(f"reviews-{uuid4()}", gauge),
            )
            await stack.enter_async_context(app.router.lifespan_context(app))
            if "redis_url" not in settings:

                async def connected() -> bool:
                    return bool(app.state.resources.get(Feed).connected)

                await eventually(connected)
            return app

        yield run


@pytest.fixture
async def streaming(start: Start) -> FastAPI:
    return await start()


@pytest.fixture
async def opened(customer: UUID) -> AsyncIterator[Open]:
    """Yield a function that opens a stream of the customer's reviews at an instance."""
    every: list[Stream] = []

    def run(app: FastAPI, user: Principal | None = None) -> Stream:
        reader = ReviewsReader(user or Principal(customer, frozenset({"customer"}), "a log-in"), customer)
        every.append(Stream(app.state.resources, reader, customer))
        return every[-1]

    yield run
    for one in every:
        one.task.cancel()
    await asyncio.gather(*(one.task for one in every), return_exceptions=True)


async def store(app: FastAPI, customer: UUID, text: str, stars: int = 5) -> None:
    """Store a review and announce nothing."""
    async with app.state.resources.get(Database).transaction() as session:
        session.add(Review(order_id=uuid4(), customer_id=customer, text=text, stars=stars))


async def write(app: FastAPI, customer: UUID, text: str, stars: int = 5) -> None:
    """Store a review and announce it."""
    await store(app, customer, text, stars)
    app.state.resources.get(Feed).announce(str(customer), text)


async def test_a_stream_sends_what_was_and_what_comes_and_ends_with_its_subject(
    streaming: FastAPI, opened: Open, customer: UUID
) -> None:
    await write(streaming, customer, "good")
    stream = opened(streaming)
    await stream.has_sent("id: 1\nevent: review\ndata: good")
    await write(streaming, customer, "better")
    await stream.has_sent("id: 2\nevent: review\ndata: better")
    await write(streaming, customer, "bad", stars=1)
    await stream.has_ended()

    assert stream.events[2:] == ["id: 3\nevent: review\ndata: bad"]
    assert streaming.state.resources.get(Feed)._watchers == {}


async def test_an_instance_streams_what_another_did(start: Start, opened: Open, customer: UUID) -> None:
    one, other = await start(), await start()
    stream = opened(other)
    await write(one, customer, "good")
    await stream.has_sent("id: 1\nevent: review\ndata: good")


async def test_without_redis_a_stream_looks_by_itself(start: Start, opened: Open, customer: UUID) -> None:
    nowhere = f"redis://127.0.0.1:{free_ports(1)[0]}/0"
    one, other = [await start(redis_url=nowhere, stream_poll_seconds="0.05") for _ in range(2)]
    stream = opened(other)
    await write(one, customer, "good")
    await stream.has_sent("id: 1\nevent: review\ndata: good")


async def test_a_value_of_the_channel_is_shown_and_reads_nothing(
    streaming: FastAPI, opened: Open, customer: UUID
) -> None:
    await store(streaming, customer, "good")
    stream = opened(streaming)
    await stream.has_sent("id: 1\nevent: review\ndata: good")
    redis = streaming.state.resources.get(Redis)

    async def heard() -> bool:
        return bool(await redis.publish(f"{customer}:typing", "…"))

    await eventually(heard)
    await stream.has_sent("event: typing\ndata: …")
    assert (stream.reader.checks, stream.reader.reads) == (1, 1)


async def test_a_quiet_stream_sends_heartbeats_and_holds_no_connection(start: Start, opened: Open) -> None:
    app = await start(stream_heartbeat_seconds="0.5", database_pool_timeout="60")
    # More streams than connections.
    every = [opened(app) for _ in range(10)]
    for stream in every:
        await stream.has_sent(HEARTBEAT, 2)

    async def nothing_held() -> bool:
        return bool(app.state.resources.get(Database).engine.pool.checkedout() == 0)

    await eventually(nothing_held)
    assert [stream.events for stream in every] == [[]] * 10


@pytest.mark.parametrize("refusal", [ForbiddenError("It is no longer yours."), NotFoundError("It is gone.")])
async def test_a_right_that_is_lost_ends_a_quiet_stream_at_the_next_heartbeat(
    start: Start, opened: Open, refusal: Exception
) -> None:
    stream = opened(await start(stream_heartbeat_seconds="0.1"))
    await stream.has_sent(HEARTBEAT)
    stream.reader.refusal = refusal
    await stream.has_ended()


async def test_a_busy_stream_is_checked_as_often(start: Start, opened: Open, customer: UUID) -> None:
    app = await start(stream_heartbeat_seconds="0.1")
    stream = opened(app)
    await stream.has_sent(HEARTBEAT)
    stream.reader.refusal = ForbiddenError("It is no longer yours.")
    # It is never quiet: something changes all the time.
    while not stream.task.done():
        await write(app, customer, "good")
    await stream.has_ended()


async def test_who_may_not_read_is_sent_nothing(streaming: FastAPI, customer: UUID) -> None:
    await write(streaming, customer, "secret")
    reader = ReviewsReader(Principal(uuid4(), frozenset()), customer)
    reader.refusal = ForbiddenError("It is not yours.")

    assert [sent async for sent in follow(streaming.state.resources, reader, str(customer))] == []
    assert reader.reads == 0


@pytest.mark.parametrize("by", ["the log-in", "the user"])
async def test_a_revoked_log_in_ends_its_stream(start: Start, opened: Open, customer: UUID, by: str) -> None:
    app = await start(stream_heartbeat_seconds="0.1")
    stream, other = opened(app), opened(app, Principal(uuid4(), frozenset(), "another log-in"))
    await stream.has_sent(HEARTBEAT)
    app.state.resources.get(Revocations).add({"a log-in" if by == "the log-in" else str(customer): time.time() + 60})

    await stream.has_ended()
    await other.has_sent(HEARTBEAT, other.blocks.count(HEARTBEAT) + 2)


async def test_a_shutdown_ends_every_stream(streaming: FastAPI, opened: Open) -> None:
    stream = opened(streaming)

    async def waits() -> bool:
        return stream.reader.reads == 1

    await eventually(waits)
    streaming.state.resources.draining = True
    await stream.has_ended()


async def test_a_database_that_has_no_connection_free_cuts_a_stream_short(
    start: Start, opened: Open, customer: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    app = await start(database_pool_size="1", database_pool_timeout="1")
    stream = opened(app)
    await eventually(lambda: _done(stream.reader.reads == 1))
    async with app.state.resources.get(Database).engine.connect():
        app.state.resources.get(Feed).announce(str(customer), "a change")
        await stream.has_ended()

    assert "stream.cut_short" in capsys.readouterr().out
    again = opened(app)
    await write(app, customer, "good")
    await again.has_sent("id: 1\nevent: review\ndata: good")


async def _done(condition: bool) -> bool:
    return condition


async def test_a_reader_who_leaves_leaves_nothing(streaming: FastAPI, opened: Open) -> None:
    feed = streaming.state.resources.get(Feed)
    stream = opened(streaming)
    await eventually(lambda: _done(stream.reader.reads == 1))
    stream.task.cancel()
    await asyncio.gather(stream.task, return_exceptions=True)

    await eventually(lambda: _done((feed._watchers, feed._shown) == ({}, {})))


async def test_over_http_nothing_on_the_way_keeps_a_stream(streaming: FastAPI, issuer: Issuer, customer: UUID) -> None:
    for text in ("good", "better"):
        await write(streaming, customer, text)
    await write(streaming, customer, "bad", stars=1)
    async with AsyncClient(transport=ASGITransport(streaming), base_url="http://service") as http:
        headers = issuer.bearer("customer", customer) | {"Last-Event-ID": "1"}
        answer = await http.get(f"/reviews/stream?customer={customer}", headers=headers)
        document = (await http.get("/openapi.json")).json()

    assert answer.text == "id: 2\nevent: review\ndata: better\n\nid: 3\nevent: review\ndata: bad\n\n"
    assert answer.headers["Content-Type"].startswith(streams.EVENT_STREAM)
    assert (answer.headers["Cache-Control"], answer.headers["X-Accel-Buffering"]) == ("no-store", "no")
    content = document["paths"]["/reviews/stream"]["get"]["responses"]["200"]["content"]
    assert set(content) == {"text/event-stream"}
    name = content["text/event-stream"]["schema"]["$ref"].rpartition("/")[2]
    described = document["components"]["schemas"][name]
    assert (described["type"], described["contentMediaType"]) == ("string", "text/event-stream")
    assert described["contentSchema"]["items"]["$ref"].endswith("/ReviewEvent")


@pytest.mark.parametrize(
    ("number", "text"), [(None, "event: note\ndata: {}\n\n"), (0, "id: 0\nevent: note\ndata: {}\n\n")]
)
def test_an_event_has_an_id_if_a_reader_can_come_back_to_it(number: int | None, text: str) -> None:
    assert event_text("note", "{}", number) == text
