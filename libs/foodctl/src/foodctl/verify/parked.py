"""How many messages wait for somebody to look at them, by service."""

import asyncio
from collections.abc import Iterable

import aio_pika
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity

from foodchassis.messaging.broker import dead_letters
from foodctl.errors import FoodctlError

_SECONDS = 10


def parked(broker_url: str, packages: Iterable[str]) -> dict[str, int]:
    """Count what lies in each service's queue of dead letters.

    Only counted, never taken out and put back: RabbitMQ 4 drops a message that came back too often.
    """
    try:
        return asyncio.run(_counts(broker_url, list(packages)))
    except (OSError, AMQPError, TimeoutError) as error:
        raise FoodctlError(f"the broker cannot be asked for dead letters: {error!r}") from None


async def _counts(broker_url: str, packages: list[str]) -> dict[str, int]:
    async with asyncio.timeout(_SECONDS), await aio_pika.connect(broker_url) as connection:
        return {package: await _count(connection, package.replace("_", "-")) for package in packages}


async def _count(connection: aio_pika.abc.AbstractConnection, service: str) -> int:
    # A channel of its own: the broker closes it when it has no such queue.
    channel = await connection.channel()
    try:
        queue = await channel.declare_queue(dead_letters(service).name, passive=True)
    except ChannelNotFoundEntity:
        return 0
    await channel.close()
    return queue.declaration_result.message_count or 0
