"""Helpers for dead letters of the review service on a real broker."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from faststream.rabbit import RabbitQueue

from foodchassis.messaging.broker import dead_letters, event_queue
from foodchassis.testing import eventually

SERVICE = "review-service"
DEAD_LETTERS, EVENTS = dead_letters(SERVICE), event_queue(SERVICE, "order.delivered")
DEAD, QUEUE = DEAD_LETTERS.name, EVENTS.name
PARKED = {"x-queue": QUEUE, "x-reason": "ValueError: no such order", "x-attempt": 5}


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(url) as connection:
        yield await connection.channel(on_return_raises=True)


async def declare(channel: AbstractChannel, queue: RabbitQueue) -> AbstractQueue:
    """Declare a queue as its service does."""
    return await channel.declare_queue(queue.name, durable=True, arguments=queue.arguments)


async def park(
    channel: AbstractChannel, body: bytes = b"{}", headers: Mapping[str, Any] = PARKED, **properties: Any
) -> UUID:
    """Publish a dead letter and return its id."""
    dead_letter = uuid4()
    message = aio_pika.Message(body, headers=dict(headers), message_id=str(dead_letter), delivery_mode=2, **properties)
    await channel.default_exchange.publish(message, DEAD, timeout=10)
    return dead_letter


async def waiting(channel: AbstractChannel, count: int, queue: str = DEAD) -> list[AbstractIncomingMessage]:
    """Wait until a queue has `count` messages, and receive them."""

    async def arrived() -> bool:
        declared = await channel.declare_queue(queue, passive=True)
        return declared.declaration_result.message_count == count

    await eventually(arrived)
    found = await channel.get_queue(queue, ensure=False)
    return [await found.get(no_ack=True) for _ in range(count)]


async def crash(url: str, times: int, queue: str = DEAD) -> None:
    """Receive the first message and disconnect without an acknowledgement, as a killed process does, `times` times."""
    for _ in range(times):
        async with opened(url) as channel:
            found = await channel.get_queue(queue, ensure=False)
            await eventually(partial(found.get, fail=False))
