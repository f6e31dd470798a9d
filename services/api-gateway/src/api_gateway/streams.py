"""Forwards a streamed response until either side ends it or a time-out."""

import asyncio

import structlog
from starlette.types import Receive, Send

from api_gateway.client import CallError, Reply
from api_gateway.settings import GatewaySettings
from foodchassis.kernel import end

log = structlog.get_logger()


class CutShortError(RuntimeError):
    """The service closed the stream early; the client must not treat the received part as complete."""


async def pass_on(rest: Reply, receive: Receive, send: Send, settings: GatewaySettings) -> None:
    """Send each part until the stream ends, the client disconnects, or a time-out of streams is reached."""
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


async def _pump(rest: Reply, send: Send, idle: float) -> None:
    try:
        while True:
            async with asyncio.timeout(idle):
                chunk = await rest.read()
            if not chunk:
                break
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except (CallError, TimeoutError) as error:
        await _finish(rest, send, type(error).__name__)
        return
    await send({"type": "http.response.body", "body": b""})


async def _finish(rest: Reply, send: Send, reason: str) -> None:
    """End a stream early: clients of event streams reconnect with the id of the last event."""
    log.info("stream.cut_short", reason=reason)
    if not rest.events:
        raise CutShortError(f"The response is incomplete: {reason}.")
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
