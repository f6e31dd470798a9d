"""How many messages lie in the system's queues: waiting for a handler, for their next try, or parked."""

import asyncio
from collections.abc import Iterable, Iterator

import aio_pika
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity

from foodchassis import ServiceSettings
from foodchassis.messaging.broker import dead_letters, event_queue, waiting_room
from foodctl.errors import FoodctlError
from foodctl.subscriptions import subscriptions

_SECONDS = 10


def dead(package: str) -> str:
    """Return the name of a service's queue of dead letters."""
    return dead_letters(package.replace("_", "-")).name


def lengths(broker_url: str, packages: Iterable[str]) -> dict[str, int]:
    """Count what is ready in each queue, by the queue's name.

    Only counted, never taken out and put back: RabbitMQ 4 drops a message that came back too often.
    """
    try:
        return asyncio.run(_lengths(broker_url, list(_names(packages))))
    except (OSError, AMQPError, TimeoutError) as error:
        raise FoodctlError(f"the broker cannot be asked for its queues: {error!r}") from None


def waiting_rooms() -> list[str]:
    """Return the names of the queues where messages wait for their next try."""
    return [waiting_room(delay)[1].name for delay in ServiceSettings.model_fields["retry_delays"].default]


def _names(packages: Iterable[str]) -> Iterator[str]:
    yield from waiting_rooms()
    for package in packages:
        yield dead(package)
        yield from (event_queue(package.replace("_", "-"), key).name for key in subscriptions(package).values())


async def _lengths(broker_url: str, names: list[str]) -> dict[str, int]:
    found = dict.fromkeys(names, 0)
    async with asyncio.timeout(_SECONDS), await aio_pika.connect(broker_url) as connection:
        channel = await connection.channel()
        for name in names:
            try:
                queue = await channel.declare_queue(name, passive=True)
            except ChannelNotFoundEntity:
                # There is no such queue, and the broker has closed the channel.
                channel = await connection.channel()
            else:
                found[name] = queue.declaration_result.message_count or 0
    return found
