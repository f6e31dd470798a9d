"""A queue that gets a copy of each event of the exchange."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractQueue, HeadersType
from aio_pika.exceptions import AMQPError

from foodctl.errors import FoodctlError
from foodevents import FoodSettings

EXCHANGE: str = FoodSettings.model_fields["events_exchange"].default
ALL = ("#",)
_DAY_MS = 86_400_000
_AT_ONCE = 16
_MOST = 10_000


async def declare(channel: AbstractChannel, name: str, keys: Sequence[str] = ALL, most: int = _MOST) -> AbstractQueue:
    """Declare a queue of the newest events, which expires a day after its last consumer."""
    # A quorum queue: a classic one prevents the broker's start after a full disk.
    limits: HeadersType = {"x-queue-type": "quorum", "x-max-length": most, "x-expires": _DAY_MS}
    return await _bound(await channel.declare_queue(name, durable=True, arguments=limits), keys)


@asynccontextmanager
async def tapped(url: str, name: str | None = None, keys: Sequence[str] = ALL) -> AsyncIterator[AbstractQueue]:
    """Open a queue with a copy of each event from now on; without a name it is deleted after the block.

    Raises FoodctlError when the broker is down.
    """
    try:
        connection = await aio_pika.connect(url)
    except (OSError, AMQPError) as error:
        raise FoodctlError(f"the broker does not respond ({error}); `just status` shows what runs") from None
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=_AT_ONCE)
        if name is not None:
            yield await declare(channel, name, keys)
        else:
            yield await _bound(await channel.declare_queue(exclusive=True), keys)


async def _bound(queue: AbstractQueue, keys: Sequence[str]) -> AbstractQueue:
    for key in keys:
        await queue.bind(EXCHANGE, key)
    return queue
