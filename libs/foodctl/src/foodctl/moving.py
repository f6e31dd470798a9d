"""Recreates queues with the arguments of this release, and moves their messages."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPError, ChannelClosed, ChannelNotFoundEntity, ChannelPreconditionFailed
from faststream.rabbit import RabbitQueue

from foodchassis.messaging.broker import dead_letters, event_queue
from foodctl.errors import FoodctlError
from foodctl.subscriptions import subscriptions
from foodctl.verify.places import retry_queues
from foodevents import FoodSettings

_EXCHANGE: str = FoodSettings.model_fields["events_exchange"].default
_SECONDS = 5
_LOOK = 0.1


async def migrated(broker_url: str, package: str) -> dict[str, int]:
    """Migrate the queues of a service that need it; return the number of messages of each.

    Raises FoodctlError when a queue has consumers, another migration is running, or the broker is unreachable.
    """
    try:
        async with await aio_pika.connect(broker_url, timeout=_SECONDS) as connection:
            await _lock(connection, package)
            found = {queue.name: await _Move(connection, queue, key).run() for queue, key in _queues_of(package)}
    except (ConnectionError, TimeoutError, AMQPError) as error:
        raise FoodctlError(f"the broker is unreachable: {error!r}") from None
    return {name: moved for name, moved in found.items() if moved is not None}


async def _lock(connection: AbstractConnection, package: str) -> None:
    """Allow one migration of a service at a time, until the connection closes.

    Two concurrent ones would delete queues with messages that the other has not moved yet.
    """
    service = package.replace("_", "-")
    try:
        await (await connection.channel()).declare_queue(f"{service}.migration", exclusive=True)
    except ChannelClosed as error:
        raise FoodctlError(f"another migration of {service} is running; try again afterwards ({error})") from None


@dataclass(frozen=True)
class _Move:
    """One queue, its routing key if it receives events, and its temporary queue."""

    connection: AbstractConnection
    queue: RabbitQueue
    key: str | None

    @property
    def beside(self) -> str:
        """Return the name of the temporary queue; while it exists, the move is not finished."""
        return f"{self.queue.name}.moving"

    async def run(self) -> int | None:
        """Move the messages to a new queue; return their number, or None when there was nothing to do."""
        old = await self._declared(self.queue.name, passive=True)
        fits = old is None or await self._declared(self.queue.name) is not None
        if fits and await self._declared(self.beside, passive=True) is None:
            return None
        async with self.connection.channel(on_return_raises=True) as channel:
            if not fits:
                await self._clear(channel)
            # From here on events arrive in both queues, earlier only in the temporary one: never in none.
            await self._declare_and_bind(channel, self.queue.name, self.queue.arguments)
            if self.key is not None:
                await (await channel.get_queue(self.beside)).unbind(_EXCHANGE, self.key)
            moved = await _pour(channel, self.beside, self.queue.name)
            await channel.queue_delete(self.beside)
            return moved

    async def _clear(self, channel: AbstractChannel) -> None:
        old = await channel.get_queue(self.queue.name)
        if consumers := old.declaration_result.consumer_count:
            raise FoodctlError(f"{self.queue.name} has {consumers} consumers: stop the service, then try again")
        await _rested(self.connection)
        await self._declare_and_bind(channel, self.beside, {"x-queue-type": "quorum"})
        if self.key is not None:
            await old.unbind(_EXCHANGE, self.key)
        await _pour(channel, self.queue.name, self.beside)
        await channel.queue_delete(self.queue.name)

    async def _declare_and_bind(self, channel: AbstractChannel, name: str, arguments: Any) -> None:
        queue = await channel.declare_queue(name, durable=True, arguments=arguments)
        if self.key is not None:
            await queue.bind(_EXCHANGE, self.key)

    async def _declared(self, name: str, *, passive: bool = False) -> str | None:
        """Return a queue's name if it exists, or with `passive=False` if this release can declare it."""
        channel = await self.connection.channel()
        try:
            arguments = None if passive else self.queue.arguments
            await channel.declare_queue(name, durable=True, passive=passive, arguments=arguments)
        except (ChannelNotFoundEntity, ChannelPreconditionFailed):
            return None
        await channel.close()
        return name


async def _rested(connection: AbstractConnection) -> None:
    """Wait until no message is in a retry queue, because its original queue will not exist for a moment.

    Raises FoodctlError when that takes too long.
    """
    delays = FoodSettings.model_fields["retry_delays"].default
    left = set(retry_queues())
    try:
        async with asyncio.timeout(2 * max(delays)):
            while left := {room for room in left if await _length(connection, room)}:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(_LOOK)
    except TimeoutError:
        raise FoodctlError(
            f"messages wait for a retry in {', '.join(left)}; try again when these queues are empty"
        ) from None


async def _length(connection: AbstractConnection, queue: str) -> int:
    channel = await connection.channel()
    try:
        found = await channel.declare_queue(queue, passive=True)
    except ChannelNotFoundEntity:
        return 0
    await channel.close()
    return found.declaration_result.message_count or 0


async def _pour(channel: AbstractChannel, source: str, target: str) -> int:
    """Move all messages; each is acknowledged after the broker has confirmed its copy."""
    moved = 0
    queue = await channel.get_queue(source)
    while (message := await queue.get(fail=False)) is not None:
        copy = aio_pika.Message(
            message.body,
            headers=message.headers,
            message_id=message.message_id,
            content_type=message.content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            timestamp=message.timestamp,
        )
        await channel.default_exchange.publish(copy, target, mandatory=True)
        await message.ack()
        moved += 1
    return moved


def _queues_of(package: str) -> Iterator[tuple[RabbitQueue, str | None]]:
    service = package.replace("_", "-")
    for key in sorted(set(subscriptions(package).values())):
        yield event_queue(service, key), key
    yield dead_letters(service), None
