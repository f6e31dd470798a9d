"""Helpers for dead letters of the review service on a real broker."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from foodchassis.messaging.broker import dead_letters
from foodchassis.testing import eventually

SERVICE = "review-service"
DEAD = dead_letters(SERVICE).name
QUEUE = f"{SERVICE}.order.delivered"
PARKED = {"x-queue": QUEUE, "x-reason": "ValueError: no such order", "x-attempt": 5}


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(url) as connection:
        yield await connection.channel(on_return_raises=True)


async def declare(channel: AbstractChannel, queue: str = DEAD) -> None:
    await channel.declare_queue(queue, durable=True, arguments={"x-queue-type": "quorum"})


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


async def put_back(channel: AbstractChannel, times: int) -> None:
    """Receive the first dead letter and return it to the queue, `times` times."""
    queue = await channel.get_queue(DEAD, ensure=False)
    for _ in range(times):
        await (await queue.get(timeout=10)).nack(requeue=True)
