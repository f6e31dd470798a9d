"""Forwards a message that its handler could not process: to a retry queue or the dead-letter queue."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Any

import aio_pika
import structlog
from aio_pika.exceptions import ChannelInvalidStateError
from faststream.rabbit import RabbitMessage

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.kernel.types import now
from foodchassis.messaging.broker import Broker, dead_letters, retry_queue

log = structlog.get_logger()
MOST_HEADERS = 50
LONGEST = 1_000


@dataclass(frozen=True)
class Forwarding:
    """Publishes copies of one queue's messages to other queues; a copy that is not confirmed is published again."""

    queue: str
    settings: ServiceSettings
    broker: Broker

    async def retry(self, message: RabbitMessage, delay: float, **headers: int) -> None:
        """Publish a message to the retry queue that returns it after `delay` seconds."""
        exchange, _ = retry_queue(self.settings.retry_prefix, self.settings.service_name, delay)
        copy = _copy(message, **headers)
        publish = self.broker.exchange(exchange).publish
        await self._hand_over(message, exchange.name, lambda: publish(copy, self.queue, mandatory=True, timeout=10))

    async def park(self, message: RabbitMessage, reason: str) -> None:
        """Publish a message to the dead-letter queue, with the reason."""
        dead = dead_letters(self.settings.service_name)
        copy = _copy(message, **{"x-reason": reason, "x-queue": self.queue})
        copy.timestamp = now()
        publish = self.broker.faststream.publish
        await self._hand_over(message, dead.name, lambda: publish(copy, queue=dead, mandatory=True, timeout=10))

    async def _hand_over(self, message: RabbitMessage, to: str, publish: Callable[[], Awaitable[Any]]) -> None:
        """Publish until confirmed, or until the channel is closed and the broker delivers the original again.

        After a reconnection, the consumer's channel may be open before the publishing channel.
        """
        for pause in chain(self.settings.retry_delays, repeat(self.settings.retry_delays[-1])):
            try:
                await publish()
            except Exception as error:
                log.error("event.not_forwarded", queue=self.queue, to=to, error=repr(error)[:200])  # noqa: TRY400 - it is retried; the error text is sufficient
                if not _is_held(message):
                    raise
                await asyncio.sleep(pause)
            else:
                return


def _is_held(message: RabbitMessage) -> bool:
    """Return whether the broker waits for the acknowledgement.

    Once the channel is closed it delivers the message again.
    """
    with suppress(ChannelInvalidStateError):
        return not message.raw_message.channel.is_closed
    return False


def _copy(message: RabbitMessage, **headers: Any) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        message_id=message.message_id,
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        headers={**dict(islice(filter(_small, message.headers.items()), MOST_HEADERS)), **headers},
    )


def _small(header: tuple[str, Any]) -> bool:
    """Return whether a header may be copied: a table larger than a frame would close the connection."""
    name, value = header
    return len(name) <= LONGEST and (isinstance(value, int) or (isinstance(value, str) and len(value) <= LONGEST))
