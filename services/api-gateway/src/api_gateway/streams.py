"""Passes on an answer that is still being made, until either side ends it or its time is over."""

import asyncio

import aiohttp
import structlog
from starlette.types import Receive, Send

from api_gateway.settings import GatewaySettings
from foodchassis import end

log = structlog.get_logger()
EVENT_STREAM = "text/event-stream"


class CutShortError(RuntimeError):
    """The service broke off; the client must not take what it has for the whole."""


async def pass_on(rest: aiohttp.ClientResponse, receive: Receive, send: Send, settings: GatewaySettings) -> None:
    """Send each part as it comes, until it ends, the client leaves, or one of the times for streams is over."""
    pump = asyncio.create_task(_pump(rest, send, settings.stream_idle_timeout))
    leaving = asyncio.create_task(_left(receive))
    try:
        done, _ = await asyncio.wait(
            (pump, leaving), return_when=asyncio.FIRST_COMPLETED, timeout=settings.stream_timeout
        )
        if pump in done:
            pump.result()
            return
    finally:
        await end(pump, leaving)
    if not done:
        await _finish(rest, send, "the time of a stream is over")


async def _pump(rest: aiohttp.ClientResponse, send: Send, idle: float) -> None:
    try:
        while True:
            async with asyncio.timeout(idle):
                chunk = await rest.content.readany()
            if not chunk:
                break
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except (aiohttp.ClientError, TimeoutError) as error:
        await _finish(rest, send, type(error).__name__)
        return
    await send({"type": "http.response.body", "body": b""})


async def _finish(rest: aiohttp.ClientResponse, send: Send, reason: str) -> None:
    """End a stream early: a reader of events connects again, with the id of the last one it received."""
    log.info("stream.cut_short", reason=reason)
    if rest.content_type != EVENT_STREAM:
        raise CutShortError(f"The answer is not complete: {reason}.")
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
