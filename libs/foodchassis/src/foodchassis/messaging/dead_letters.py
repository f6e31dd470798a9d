"""Dead-letter queues: dead letters are read, sent back to their original queue, or dropped."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import ChannelInvalidStateError, ChannelNotFoundEntity, DeliveryError, PublishError

from foodchassis.kernel.errors import ConflictError, UnavailableError
from foodchassis.messaging.broker import dead_letters
from foodchassis.messaging.dead_letter import DeadLetter

SECONDS = 20.0


class NoWayBackError(ConflictError):
    """The original queue of a dead letter does not exist, or its headers do not name a queue of its service."""

    title = "The dead letter has no queue to be sent back to"


class QueueFullError(UnavailableError):
    """The original queue of a dead letter accepts no messages now."""

    title = "The queue does not accept the message"


@dataclass(frozen=True)
class Received:
    """A received dead letter: it returns to its queue when the connection closes, unless it is acknowledged."""

    dead_letter: DeadLetter
    message: AbstractIncomingMessage
    channel: AbstractChannel

    async def send_back(self) -> None:
        """Send a copy with reset attempts to the original queue, then acknowledge the dead letter.

        A crash in between leaves two copies, never none. Raises NoWayBackError or QueueFullError.
        """
        origin = self.dead_letter.origin
        if origin is None:
            raise NoWayBackError(
                f"Its headers name no queue of {self.dead_letter.service} to send it back to; it can be dropped."
            )
        try:
            await self._publish(origin)
        except PublishError:
            raise NoWayBackError(
                f"There is no queue {origin}: start a release that declares it, or drop the dead letter."
            ) from None
        except DeliveryError as error:
            raise QueueFullError(f"{origin} does not accept it ({type(error).__name__}); try again later.") from None

    async def acknowledge(self) -> None:
        """Remove the dead letter from its queue."""
        await self.message.ack()

    async def _publish(self, queue: str) -> None:
        copy = aio_pika.Message(
            self.message.body,
            message_id=self.message.message_id,
            content_type=self.message.content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            timestamp=self.message.timestamp,
            headers=self.dead_letter.fresh_headers,
        )
        await self.channel.default_exchange.publish(copy, queue, mandatory=True, timeout=SECONDS)


class DeadLetters:
    """The dead-letter queues of one broker."""

    def __init__(self, connection: AbstractConnection) -> None:
        """Use this connection."""
        self._connection = connection

    async def count(self, service: str) -> int:
        """Return how many dead letters of a service are ready for delivery."""
        try:
            async with self._connection.channel() as channel:
                return await _count(channel, service)
        except ChannelNotFoundEntity:
            # The service never ran with this broker.
            return 0

    async def of(self, service: str, most: int | None = None) -> AsyncGenerator[Received, None]:
        """Yield the current dead letters of a service, at most `most`, each once."""
        channel = await self._connection.channel(on_return_raises=True)
        try:
            count = await _count(channel, service)
        except ChannelNotFoundEntity:
            return
        queue = await channel.get_queue(dead_letters(service).name, ensure=False)
        for _ in range(count if most is None else min(count, most)):
            message = await queue.get(fail=False, timeout=SECONDS)
            if message is None:
                return
            yield Received(DeadLetter.read(service, message), message, channel)


async def _count(channel: AbstractChannel, service: str) -> int:
    queue = await channel.declare_queue(dead_letters(service).name, passive=True)
    return queue.declaration_result.message_count or 0


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[DeadLetters]:
    """Open the dead-letter queues of the broker at `url`; unacknowledged dead letters are returned afterwards.

    Raises AMQPError or OSError when the broker does not answer.
    """
    connection = await aio_pika.connect(url, timeout=SECONDS)
    try:
        yield DeadLetters(connection)
    except RuntimeError as error:
        # The error of aio-pika for a closed connection, whose channels may close a moment earlier.
        if connection.is_closed or isinstance(error, ChannelInvalidStateError):
            raise ConnectionError("the connection to the broker is closed") from error
        raise
    finally:
        async with asyncio.timeout(SECONDS):
            await connection.close()
