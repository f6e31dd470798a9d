"""Server-sent events: the response class, the event format, the reader of a stream, and the documentation."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Generic, TypeVar

import structlog
from fastapi.responses import StreamingResponse
from prometheus_client import Gauge
from pydantic import GetJsonSchemaHandler, RootModel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from redis.asyncio import Redis
from sqlmodel.ext.asyncio.session import AsyncSession
from typing_extensions import override

from foodchassis.kernel.errors import ForbiddenError, NotFoundError
from foodchassis.kernel.resources import Resources
from foodchassis.kernel.tasks import background
from foodchassis.storage.database import DOWN, Database
from foodchassis.web.feed import Feed
from foodchassis.web.revocations import Revocations
from foodchassis.web.tokens import Principal

log = structlog.get_logger()
EVENT_STREAM = "text/event-stream"
HEARTBEAT = ": heartbeat\n\n"
T = TypeVar("T")


class EventStream(StreamingResponse):
    """A response of server-sent events, which proxies must not buffer."""

    media_type = EVENT_STREAM

    def __init__(self, events: AsyncIterator[str], status_code: int = 200) -> None:
        super().__init__(events, status_code, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


class Events(RootModel[list[T]], Generic[T]):
    """Documents a stream: a text whose content is a list of `T`, each with the fields `id`, `event` and `data`."""

    @classmethod
    @override
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        content = {"type": schema.pop("type"), "items": schema.pop("items")}
        schema |= {"type": "string", "contentMediaType": EVENT_STREAM, "contentSchema": content}
        return reference


def event_text(name: str, data: str, number: int | None = None) -> str:
    """Return one event in its wire format; clients send `number` back as Last-Event-ID."""
    numbered = "" if number is None else f"id: {number}\n"
    return f"{numbered}event: {name}\ndata: {data}\n\n"


class Reader(ABC):
    """The position of the stream of `user`, and its next events."""

    ended = False

    def __init__(self, user: Principal) -> None:
        self.user = user

    async def check(self, session: AsyncSession) -> None:  # noqa: B027 - most callers read only their own data
        """Check that the caller may still read. Raises NotFoundError or ForbiddenError, which ends the stream."""

    @abstractmethod
    async def read(self, resources: Resources, changed: frozenset[str] | None) -> list[str]:
        """Return the events that were not sent yet: of what has `changed`, or of everything when that is None."""

    def show(self, latest: str) -> list[str]:  # noqa: ARG002 - most streams show nothing
        """Return the newest value of the stream's channel as an event."""
        return []


async def follow(resources: Resources, reader: Reader, subject: str, latest: str | None = None) -> AsyncIterator[str]:
    """Send the events that `reader` finds for `subject` until it has ended; a waiting stream holds no connection.

    After each heartbeat interval the caller's access is checked and everything is read again. The stream of a revoked
    log-in ends.
    """
    feed, settings, clock = resources.get(Feed), resources.settings, asyncio.get_running_loop().time
    heartbeat, sent_at, full_at = settings.stream_heartbeat_seconds, clock(), clock()
    async with feed.watch(subject, latest) as watcher:
        while not (reader.ended or feed.ending or reader.user.revoked(resources.get(Revocations))):
            changed, shown = watcher.changes(), watcher.latest()
            try:
                if changed is None or clock() - full_at >= heartbeat:
                    async with resources.get(Database).transaction() as session:
                        await reader.check(session)
                    changed, full_at = None, clock()
                events = [] if changed == frozenset() else await reader.read(resources, changed)
            except (ForbiddenError, NotFoundError):
                return
            except DOWN as error:
                # The client reconnects automatically and sends the last id that it received.
                log.warning("stream.cut_short", subject=subject, error=repr(error)[:200])
                return
            events += [] if shown is None else reader.show(shown)
            if not events and clock() - sent_at >= heartbeat:
                events = [HEARTBEAT]
            if events:
                sent_at = clock()
                yield "".join(events)
            if not reader.ended:
                quiet = sent_at + heartbeat - clock()
                await watcher.wait(quiet if feed.connected else min(quiet, settings.stream_poll_seconds))


def feeding(pulse: str, streams: Gauge) -> Callable[[Resources], AbstractAsyncContextManager[None]]:
    """Return the lifespan of a service that has streams: `create_service(…, lifespan=feeding("notes", gauge))`."""

    @asynccontextmanager
    async def run(resources: Resources) -> AsyncIterator[None]:
        feed = resources.add(Feed(resources, pulse, streams))
        redis = resources.find(Redis)
        async with background(*(feed.work(redis) if redis else ())):
            yield

    return run
