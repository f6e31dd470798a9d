"""A page that stays as it is in the API: read again when a stream says so, and sent as far as it has changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress

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
Heard = dict[str, str]
# A browser connects again after so many milliseconds.
RETRY = "retry: 1000\n\n"
HEARTBEAT = ": heartbeat\n\n"
PAUSE_SECONDS = 1.0
PROBLEM = "problem"


async def follow(
    visitor: Visitor,
    resources: Resources,
    read: Read,
    streams: Sequence[str],
    *,
    heard: Heard | None = None,
    look_seconds: float | None = None,
) -> AsyncIterator[str]:
    """Send what changes of a view, as server-sent events, while one of `streams` or the time says to look again.

    `heard` receives the data of the latest event of each kind.
    """
    settings = resources.get(ConsoleSettings)
    heard, look_seconds = ({} if heard is None else heard), look_seconds or settings.look_seconds
    woken = asyncio.Event()
    before: View | None = None
    yield RETRY
    async with background(*(_listen(visitor, stream, woken, heard) for stream in streams)):
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


async def _listen(visitor: Visitor, stream: str, woken: asyncio.Event, heard: Heard) -> None:
    """Wake the page for each event of a stream, which is opened again when it ends."""
    while True:
        try:
            async for name, data in visitor.api.events(stream):
                heard[name] = data
                woken.set()
        except LoggedOutError:
            woken.set()
            return
        except ServiceError as error:
            refused = isinstance(error, RefusedError) and error.answered < 500  # noqa: PLR2004 - it will not change
            log.info("console.stream_ended", stream=stream, kind=type(error).__name__)
            if refused:
                return
        await asyncio.sleep(PAUSE_SECONDS)
