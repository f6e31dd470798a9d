"""Dead letters in their queues: taken out to be looked at, sent back to where they come from, or forgotten."""

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
# RabbitMQ 4 drops a message that was put back 20 times, and looking puts back.
MOST_DELIVERIES = 10


class NoWayBackError(ConflictError):
    """The queue that a dead letter comes from is gone, or the letter does not name one of its service."""

    title = "There is no queue to send the letter back to"


class QueueFullError(UnavailableError):
    """The queue that a dead letter comes from takes no messages now."""

    title = "The queue does not take the letter"


@dataclass(frozen=True)
class Held:
    """A letter in our hands: back in its queue when the connection ends, unless it is forgotten."""

    letter: Letter
    message: AbstractIncomingMessage
    channel: AbstractChannel

    async def send_home(self) -> None:
        """Send a copy, as if never tried, to the queue that the letter comes from; forget the letter only afterwards.

        In between it may be there twice, never not at all. Raises NoWayBackError or QueueFullError.
        """
        home = self.letter.home
        if home is None:
            raise NoWayBackError(f"It names no queue of {self.letter.service} to go back to; it can be dropped.")
        try:
            await self._publish(home, self.letter.fresh_headers)
        except PublishError:
            raise NoWayBackError(
                f"There is no queue {home}: start a release that declares it, or drop the letter."
            ) from None
        except DeliveryError as error:
            raise QueueFullError(f"{home} does not take it ({type(error).__name__}); try again later.") from None

    async def forget(self) -> None:
        """Take it out for good."""
        await self.message.ack()

    async def renew(self) -> None:
        """Put a copy, which was never taken out, in its place."""
        await self._publish(dead_letters(self.letter.service).name, self.letter.kept_headers)
        await self.message.ack()

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
    """Want no letter: all are only looked at."""
    return False


class DeadLetters:
    """The dead-letter queues of one broker."""

    def __init__(self, connection: AbstractConnection) -> None:
        """Use this connection."""
        self._connection = connection
        self._tired: list[Held] = []

    async def count(self, service: str) -> int:
        """Return how many letters of a service nobody has in hand now."""
        try:
            async with self._connection.channel() as channel:
                return await _count(channel, service)
        except ChannelNotFoundEntity:
            # The service never ran here.
            return 0

    async def of(
        self, service: str, wanted: Callable[[Letter], bool] = none, most: int | None = None
    ) -> AsyncGenerator[Held, None]:
        """Yield the letters of a service that wait now, `most` of them, and none again that comes back meanwhile.

        Only those that are `wanted` may be sent home or forgotten: another one that was put back often is renewed.
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
                await self._spare(held, wanted)
            yield held

    async def _spare(self, held: Held, wanted: Callable[[Letter], bool]) -> None:
        """Have a letter that was taken out too often counted from zero: now, or when it goes back after all."""
        if wanted(held.letter):
            self._tired.append(held)
        else:
            await held.renew()

    async def renew(self) -> None:
        """Put a copy in the place of each letter that was taken out too often, and is still in hand."""
        for held in self._tired:
            if not held.message.processed:
                await held.renew()


async def _count(channel: AbstractChannel, service: str) -> int:
    queue = await channel.declare_queue(dead_letters(service).name, passive=True)
    return queue.declaration_result.message_count or 0


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[DeadLetters]:
    """Open the dead-letter queues of the broker at `url`; whatever is still in hand afterwards goes back.

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
