"""`foodctl listen`: forward the events of a system in development, for as long as it runs."""

import asyncio
import json
from collections.abc import Sequence

import httpx2
from aio_pika.abc import AbstractIncomingMessage
from rich.console import Console

from foodlab.taps.exchange import tapped
from foodlab.taps.forwarding import Forwarder

# It stays for a day: what happens while no one listens is forwarded afterwards.
QUEUE = "foodctl.listen"
_SECONDS = 10.0


async def listen(broker: str, url: str, secret: str, keys: Sequence[str], console: Console) -> None:
    """Forward events until this task is cancelled; one that was being sent then is sent again next time."""
    async with (
        httpx2.AsyncClient(timeout=_SECONDS) as http,
        tapped(broker, QUEUE, keys) as queue,
        queue.iterator() as messages,
        asyncio.TaskGroup() as sending,
    ):
        forwarder = Forwarder(http, url, secret)
        async for message in messages:
            sending.create_task(forward(forwarder, message, console))


async def forward(forwarder: Forwarder, message: AbstractIncomingMessage, console: Console) -> None:
    """Send one event, and take it out of the queue when it was received or no try is left."""
    envelope = json.loads(message.body)
    outcome = await forwarder.send(envelope["id"], message.body)
    await message.ack()
    tries = f", {outcome.tries} tries" if outcome.tries > 1 else ""
    told = f"{outcome.answer}{tries}" if outcome.received else f"given up after {outcome.tries} tries: {outcome.answer}"
    console.print(
        f"{envelope['time'][11:23]}  {(message.routing_key or '').ljust(22)}  {envelope['id']}  {told}",
        style=None if outcome.received else "red",
        highlight=False,
        soft_wrap=True,
    )
