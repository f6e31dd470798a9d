"""Live pages: read again from the API after each event of a stream, and sent to the browser as changes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from http import HTTPStatus

import structlog
from pydantic_core import to_json

from console_service.adapters.visitor import Visitor
from console_service.errors import LoggedOutError, RefusedError
from console_service.rules.changes import View, changes
from console_service.settings import ConsoleSettings
from foodchassis import Resources
from foodchassis.kernel import ServiceError, background
from foodchassis.web import event_text

log = structlog.get_logger()
Reading = Awaitable[View]
Read = Callable[[], Reading]
Latest = dict[str, str]
# Milliseconds after which a browser reconnects.
RETRY = "retry: 1000\n\n"
HEARTBEAT = ": heartbeat\n\n"
# A stream is reopened after a pause, which doubles after each failure.
PAUSE_SECONDS = 1.0
LONGEST_PAUSE = 30.0
# The stream has ended or is not allowed: neither changes while the page is open.
FINAL = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})
PROBLEM = "problem"


async def follow(
    visitor: Visitor,
    resources: Resources,
    read: Read,
    streams: Sequence[str],
    *,
    latest: Latest | None = None,
    look_seconds: float | None = None,
) -> AsyncIterator[str]:
    """Send the changes of a view as server-sent events, after each event of `streams` and periodically.

    `latest` receives the data of the latest event of each kind.
    """
    settings = resources.get(ConsoleSettings)
    latest, look_seconds = ({} if latest is None else latest), look_seconds or settings.look_seconds
    woken = asyncio.Event()
    before: View | None = None
    yield RETRY
    async with background(*(_listen(visitor, stream, woken, latest) for stream in streams)):
        while not resources.draining:
            woken.clear()
            try:
                after = {**await read(), PROBLEM: visitor.render("problem.html", error=None)}
            except LoggedOutError:
                yield event_text("logged-out", "{}")
                return
            except ServiceError as error:
                log.info("console.page_unread", kind=type(error).__name__)
                after = {**(before or {}), PROBLEM: visitor.render("problem.html", error=error)}
            sent = "".join(event_text("change", to_json(one._asdict()).decode()) for one in changes(before, after))
            yield sent or HEARTBEAT
            before = after
            await asyncio.sleep(settings.refresh_seconds)
            with suppress(TimeoutError):
                async with asyncio.timeout(look_seconds):
                    await woken.wait()


async def _listen(visitor: Visitor, stream: str, woken: asyncio.Event, latest: Latest) -> None:
    """Wake the page for each event of a stream, which is reopened after its last event."""
    seen, pause = "", PAUSE_SECONDS
    while True:
        try:
            async for event in visitor.api.events(stream, seen):
                seen, pause = event.id, PAUSE_SECONDS
                latest[event.name] = event.data
                woken.set()
        except LoggedOutError:
            woken.set()
            return
        except ServiceError as error:
            log.info("console.stream_ended", stream=stream, kind=type(error).__name__)
            if isinstance(error, RefusedError) and error.answered in FINAL:
                return
        else:
            pause = PAUSE_SECONDS
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
