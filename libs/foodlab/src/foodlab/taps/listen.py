"""`foodctl listen`: forward the events of a system in development, for as long as it runs."""

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
    """Return the name of the queue for one receiver and choice of events: bindings are only ever added to a queue.

    It stays for a day: what happens while no one listens is forwarded afterwards.
    """
    return f"foodctl.listen.{sha256(repr((url, sorted(set(keys)))).encode()).hexdigest()[:16]}"


async def listen(broker: str, url: str, secret: str, keys: Sequence[str], console: Console) -> None:
    """Forward events until this task is cancelled; one that was being sent then is sent again next time."""
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
    """Send one event, and take it out of the queue when it was received, no try is left, or it is no event."""
    key = (message.routing_key or "").ljust(22)
    try:
        event = Envelope.model_validate_json(message.body)
    except ValidationError as error:
        await message.ack()
        console.print(f"{key}  not forwarded, as it is no event: {error}", style="red", highlight=False, markup=False)
        return
    outcome = await forwarder.send(str(event.id), message.body)
    await message.ack()
    tries = f", {outcome.tries} tries" if outcome.tries > 1 else ""
    told = f"{outcome.answer}{tries}" if outcome.received else f"given up after {outcome.tries} tries: {outcome.answer}"
    console.print(
        f"{event.time.time().isoformat('milliseconds')}  {key}  {event.id}  {told}",
        style=None if outcome.received else "red",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
