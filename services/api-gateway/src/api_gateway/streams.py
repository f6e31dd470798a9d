"""Passes on an answer that is still being made, until either side has enough."""

import asyncio

import aiohttp
import structlog
from starlette.types import Receive, Send

from foodchassis import end

log = structlog.get_logger()


class CutShortError(RuntimeError):
    """The service broke off; the client must not take what it has for the whole."""


async def pass_on(rest: aiohttp.ClientResponse, receive: Receive, send: Send, idle: float) -> None:
    """Send each part as it comes, and let go of the service when the client leaves or `idle` seconds bring nothing."""
    pump = asyncio.create_task(_pump(rest, send, idle))
    leaving = asyncio.create_task(_left(receive))
    try:
        await asyncio.wait((pump, leaving), return_when=asyncio.FIRST_COMPLETED)
        if pump.done():
            pump.result()
    finally:
        await end(pump, leaving)
        rest.close()


async def _pump(rest: aiohttp.ClientResponse, send: Send, idle: float) -> None:
    try:
        while True:
            async with asyncio.timeout(idle):
                chunk = await rest.content.readany()
            if not chunk:
                break
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except (aiohttp.ClientError, TimeoutError) as error:
        log.warning("stream.cut_short", error=type(error).__name__)
        if rest.content_type != "text/event-stream":
            raise CutShortError("The service broke off in the middle of its answer.") from error
    # A reader of events connects again by itself and says which one it saw last.
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
