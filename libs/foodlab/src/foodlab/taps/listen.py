"""`foodctl listen`: forwards the events of a development system."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256

import httpx2
from aio_pika.abc import AbstractIncomingMessage
from pydantic import ValidationError
from rich.console import Console

from foodchassis.kernel import Envelope
from foodlab.taps.exchange import tapped
from foodlab.taps.forwarding import Forwarder

_SECONDS = 10.0


def queue_of(url: str, keys: Sequence[str]) -> str:
    """Return the name of the queue for one receiver and event types: bindings of a queue are never removed.

    It stays for a day, so that later events are forwarded by the next `listen`.
    """
    return f"foodctl.listen.{sha256(repr((url, sorted(set(keys)))).encode()).hexdigest()[:16]}"


async def listen(broker: str, url: str, secret: str, keys: Sequence[str], console: Console) -> None:
    """Forward events until cancelled; an unfinished one is sent again by the next `listen`."""
    async with (
        httpx2.AsyncClient(timeout=_SECONDS) as http,
        tapped(broker, queue_of(url, keys), keys) as queue,
        queue.iterator() as messages,
        asyncio.TaskGroup() as sending,
    ):
        forwarder = Forwarder(http, url, secret)
        async for message in messages:
            sending.create_task(forward(forwarder, message, console))


async def forward(forwarder: Forwarder, message: AbstractIncomingMessage, console: Console) -> None:
    """Send one event, and acknowledge it when it was received, no retry is left, or it is not an event."""
    key = (message.routing_key or "").ljust(22)
    try:
        event = Envelope.model_validate_json(message.body)
    except ValidationError as error:
        await message.ack()
        console.print(
            f"{key}  not forwarded, because it is not an event: {error}", style="red", highlight=False, markup=False
        )
        return
    outcome = await forwarder.send(str(event.id), message.body)
    await message.ack()
    tries = f", {outcome.tries} tries" if outcome.tries > 1 else ""
    result = (
        f"{outcome.answer}{tries}" if outcome.received else f"given up after {outcome.tries} tries: {outcome.answer}"
    )
    console.print(
        f"{event.time.time().isoformat('milliseconds')}  {key}  {event.id}  {result}",
        style=None if outcome.received else "red",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
