"""Dead letters in their queues: received to be read, sent back to the queue that they come from, or dropped."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import ChannelInvalidStateError, ChannelNotFoundEntity, DeliveryError, PublishError

from foodchassis.kernel.errors import ConflictError, UnavailableError
from foodchassis.messaging.broker import dead_letters
from foodchassis.messaging.letter import Letter

SECONDS = 20.0
# RabbitMQ 4 drops a message that was put back 20 times, and each read puts it back.
MOST_DELIVERIES = 10


class NoWayBackError(ConflictError):
    """The queue that a dead letter comes from is gone, or the letter does not name one of its service."""

    title = "There is no queue to send the letter back to"


class QueueFullError(UnavailableError):
    """The queue that a dead letter comes from takes no messages now."""

    title = "The queue does not take the letter"


@dataclass(frozen=True)
class Held:
    """A letter that we received: back in its queue when the connection ends, unless it is acknowledged."""

    letter: Letter
    message: AbstractIncomingMessage
    channel: AbstractChannel

    async def send_back(self) -> None:
        """Send a copy, as if never tried, to the queue that the letter comes from; acknowledge the letter afterwards.

        In between it may be there twice, never not at all. Raises NoWayBackError or QueueFullError.
        """
        origin = self.letter.origin
        if origin is None:
            raise NoWayBackError(f"It names no queue of {self.letter.service} to go back to; it can be dropped.")
        try:
            await self._publish(origin, self.letter.fresh_headers)
        except PublishError:
            raise NoWayBackError(
                f"There is no queue {origin}: start a release that declares it, or drop the letter."
            ) from None
        except DeliveryError as error:
            raise QueueFullError(f"{origin} does not take it ({type(error).__name__}); try again later.") from None

    async def acknowledge(self) -> None:
        """Remove it from its queue."""
        await self.message.ack()

    async def renew(self) -> None:
        """Replace it by a copy that counts no delivery yet."""
        await self._publish(dead_letters(self.letter.service).name, self.letter.kept_headers)
        await self.acknowledge()

    async def _publish(self, queue: str, headers: aio_pika.abc.HeadersType) -> None:
        copy = aio_pika.Message(
            self.message.body,
            message_id=self.message.message_id,
            content_type=self.message.content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            timestamp=self.message.timestamp,
            headers=headers,
        )
        await self.channel.default_exchange.publish(copy, queue, mandatory=True, timeout=SECONDS)


def none(_: Letter) -> bool:
    """Want no letter: all are only read."""
    return False


class DeadLetters:
    """The dead-letter queues of one broker."""

    def __init__(self, connection: AbstractConnection) -> None:
        """Use this connection."""
        self._connection = connection
        self._to_renew: list[Held] = []

    async def count(self, service: str) -> int:
        """Return how many letters of a service are ready for delivery."""
        try:
            async with self._connection.channel() as channel:
                return await _count(channel, service)
        except ChannelNotFoundEntity:
            # The service never ran here.
            return 0

    async def of(
        self, service: str, wanted: Callable[[Letter], bool] = none, most: int | None = None
    ) -> AsyncGenerator[Held, None]:
        """Yield the letters of a service that wait now, at most `most`, each once.

        Only those that are `wanted` may be sent back or acknowledged: another that was put back often is renewed.
        """
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
            held = Held(Letter.read(service, message), message, channel)
            if held.letter.deliveries >= MOST_DELIVERIES:
                if wanted(held.letter):
                    self._to_renew.append(held)
                else:
                    await held.renew()
            yield held

    async def renew(self) -> None:
        """Renew each wanted letter that was put back often and is not acknowledged."""
        for held in self._to_renew:
            if not held.message.processed:
                await held.renew()


async def _count(channel: AbstractChannel, service: str) -> int:
    queue = await channel.declare_queue(dead_letters(service).name, passive=True)
    return queue.declaration_result.message_count or 0


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[DeadLetters]:
    """Open the dead-letter queues of the broker at `url`; letters that are not acknowledged are put back afterwards.

    Raises AMQPError or OSError when the broker does not answer.
    """
    connection = await aio_pika.connect(url, timeout=SECONDS)
    queues = DeadLetters(connection)
    try:
        try:
            yield queues
        finally:
            async with asyncio.timeout(SECONDS):
                await queues.renew()
    except RuntimeError as error:
        # What aio-pika raises on a closed connection, whose channels may be closed a moment before it.
        if connection.is_closed or isinstance(error, ChannelInvalidStateError):
            raise ConnectionError("the connection to the broker is closed") from error
        raise
    finally:
        async with asyncio.timeout(SECONDS):
            await connection.close()
