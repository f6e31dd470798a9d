"""Reads a request's body whole, below a limit and within a time."""

import asyncio

from starlette.types import Receive

from api_gateway.errors import BodyTooLargeError, MalformedRequestError, SlowBodyError

# So many times the limit is read and thrown away, so that an honest client still reads its 413.
PATIENCE = 4


async def read_body(receive: Receive, limit: int, seconds: float) -> bytes:
    """Return the body; raises BodyTooLargeError over `limit` bytes and SlowBodyError after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, limit)
    except TimeoutError as error:
        raise SlowBodyError(f"Send the body within {seconds:g} seconds.") from error


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise MalformedRequestError("The client went away before its body was complete.")
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size <= limit:
            if not more:
                return b"".join((*chunks, chunk)) if chunks else chunk
            chunks.append(chunk)
        elif not more or size > PATIENCE * limit:
            raise BodyTooLargeError(f"A body may have {limit} bytes.")
