"""The connection to RabbitMQ: exchanges, queue declarations, and the watchdog of the consumers."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import chain, repeat
from typing import Any, NamedTuple

import aio_pika
import structlog
from aio_pika.exceptions import ChannelInvalidStateError
from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream.rabbit.schemas.queue import QueueType
from faststream.rabbit.subscriber.usecase import RabbitSubscriber

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.messaging.acknowledging import Acknowledgements
from foodchassis.messaging.gathering import Gathering
from foodchassis.messaging.progress import Progress
from foodchassis.telemetry import metrics

log = structlog.get_logger()
# Each crash between delivery and acknowledgement and each graceful stop counts. A policy may set a lower limit.
DELIVERY_LIMIT = 50
# RabbitMQ 4 otherwise drops a dead letter that was read 20 times, and since 4.3 even at the first time one that crashed
# its consumers, because its count continues. No release knows a smaller number that means "never": 3 has no -1.
UNLIMITED = 2**31 - 1
WATCH_SECONDS = 10
CONFIRM_SECONDS = 10
Publish = Callable[..., Awaitable[Any]]


def dead_letters(service: str) -> RabbitQueue:
    """Declare the dead-letter queue of `service`, whose messages may be read and returned without limit."""
    return RabbitQueue(f"{service}.dead", queue_type=QueueType.QUORUM, arguments={"x-delivery-limit": UNLIMITED})


def event_queue(service: str, routing_key: str) -> RabbitQueue:
    """Declare the queue of one event at one service; messages that crash its consumers repeatedly are dead-lettered."""
    return RabbitQueue(
        f"{service}.{routing_key}",
        queue_type=QueueType.QUORUM,
        routing_key=routing_key,
        arguments={
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-overflow": "reject-publish",
            "x-dead-letter-routing-key": f"{service}.dead",
            "x-dead-letter-strategy": "at-least-once",
        },
    )


def retry_queue(prefix: str, service: str, delay: float) -> tuple[RabbitExchange, RabbitQueue]:
    """Declare a retry queue, which returns messages after `delay` seconds to the queue named by their routing key.

    Each service has its own, so that its broker account needs no access to the messages of others.
    """
    name = f"{prefix}.{service}.{int(delay * 1000)}ms"
    queue = RabbitQueue(
        name,
        queue_type=QueueType.QUORUM,
        arguments={
            "x-message-ttl": int(delay * 1000),
            "x-dead-letter-exchange": "",
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )
    return RabbitExchange(name, type=ExchangeType.FANOUT, durable=True), queue


class Size(NamedTuple):
    """The size of a queue: messages that are ready for delivery, and consumers."""

    messages: int
    consumers: int


class Broker:
    """FastStream's broker, the exchanges to publish to, and whether they are up."""

    def __init__(self, settings: ServiceSettings) -> None:
        if settings.rabbitmq_url is None:
            msg = "RABBITMQ_URL is not set: give the service its broker, e.g. amqp://user:password@host:5672/"
            raise ValueError(msg)
        self._settings = settings
        self.events = RabbitExchange(settings.events_exchange, type=ExchangeType.TOPIC, durable=True)
        self._dead = dead_letters(settings.service_name).name
        metrics.at_zero(metrics.dead_letters, [self._dead])
        self.faststream = RabbitBroker(
            settings.rabbitmq_url.get_secret_value(),
            logger=None,
            reconnect_interval=1,
            fail_fast=False,
            apply_types=False,
            # Otherwise a message that the broker returns because it has no queue would count as confirmed.
            default_channel=Channel(on_return_raises=True),
            app_id=settings.service_name,
        )
        self.started = asyncio.Event()
        self._exchanges: dict[str, aio_pika.RobustExchange] = {}
        # FastStream knows a connection once it is made, and one that is cancelled before connects again and again.
        self.faststream._connection_kwargs["connection_class"] = self._opened  # noqa: SLF001 - no option of FastStream's
        self._connection: aio_pika.abc.AbstractRobustConnection | None = None
        self.progress: defaultdict[str, Progress] = defaultdict(Progress)
        self.acknowledgements = Acknowledgements()

    async def start(self) -> None:
        """Declare exchanges and queues and start the consumers; retries while the broker is down."""
        for pause in chain(self._settings.retry_delays, repeat(self._settings.retry_delays[-1])):
            try:
                await self._declare_and_consume()
            except Exception as error:  # noqa: BLE001 - every error is retried, and the service is not ready until then
                log.warning("broker.not_started", error=repr(error)[:200])
                await self.stop()
                await asyncio.sleep(pause)
            else:
                break
        self.started.set()
        log.info("broker.started")

    async def _declare_and_consume(self) -> None:
        await self.faststream.connect()
        self._exchanges[self.events.name] = await self.faststream.declare_exchange(self.events)
        await self.faststream.declare_queue(dead_letters(self._settings.service_name))
        for delay in self._settings.retry_delays:
            exchange, queue = retry_queue(self._settings.retry_prefix, self._settings.service_name, delay)
            self._exchanges[exchange.name] = await self.faststream.declare_exchange(exchange)
            await (await self.faststream.declare_queue(queue)).bind(self._exchanges[exchange.name])
        for subscriber in self.faststream.subscribers:
            _expect_messages(subscriber)
        await self.faststream.start()

    def _opened(self, *args: Any, **options: Any) -> aio_pika.RobustConnection:
        self._connection = aio_pika.RobustConnection(*args, **options)
        self._connection.kwargs["transport_factory"] = Gathering()
        return self._connection

    def exchange(self, exchange: RabbitExchange) -> aio_pika.abc.AbstractExchange:
        """Return a declared exchange to publish to, with confirms."""
        return self._exchanges[exchange.name]

    async def publisher(self) -> Publish:
        """Return the function that publishes an event and waits for its confirm. Raises when the channel is closed.

        With `wait=True` it also drains the socket, which aio_pika's function does for each message: one packet and one
        loop iteration for each.
        """
        channel = self._exchanges[self.events.name].channel
        if channel.is_closed:
            raise ChannelInvalidStateError("The channel for publishing events is closed.")
        underlying: Any = await channel.get_underlay_channel()  # aiormq's abstract class has no `wait`
        return partial(underlying.basic_publish, exchange=self.events.name, timeout=CONFIRM_SECONDS)

    async def watch(self) -> None:
        """Measure the queues, and restart consumers that vanished or stalled although the connection is open."""
        await self.started.wait()
        while True:
            await asyncio.sleep(self._settings.broker_watch_interval)
            try:
                async with asyncio.timeout(WATCH_SECONDS):
                    await self._look()
            except Exception as error:  # noqa: BLE001 - the watchdog continues after every error of the broker
                log.warning("broker.watch_failed", error=repr(error))
                if self._connection is None or not self._connection.connected.is_set():
                    # An outage is not a stall: after it the consumers have their full time.
                    for progress in self.progress.values():
                        progress.restart()

    async def _look(self) -> None:
        # On a channel of its own: FastStream and aio-pika cache the state of a queue from its declaration.
        connection = await self.faststream.connect()
        async with connection.channel() as channel:
            metrics.dead_letters.labels(self._dead).set((await _size(channel, self._dead)).messages)
            for subscriber in self.faststream.subscribers:
                assert isinstance(subscriber, RabbitSubscriber)
                name = subscriber.queue.name
                found = await _size(channel, name)
                metrics.queue_messages.labels(name).set(found.messages)
                metrics.queue_consumers.labels(name).set(found.consumers)
                # A consumer whose connection broke while it was stopped is registered again at the broker, but
                # handles nothing.
                if not found.consumers or not subscriber.running:
                    log.warning("consumer.vanished", queue=name)
                    await self._restart(subscriber)
                    metrics.consumers_revived.inc()
                elif self.progress[name].is_stalled(found.messages, self._settings.consumer_stall_seconds):
                    log.error("consumer.stalled", queue=name, in_progress=self.progress[name].in_progress)
                    metrics.consumers_stalled.inc()
                    await self._restart(subscriber)
                    # Handlers that never end are no longer in progress: their messages are delivered again.
                    del self.progress[name]

    async def sizes(self) -> dict[str, Size]:
        """Return the size of each queue, the dead-letter queue first."""
        connection = await self.faststream.connect()
        async with connection.channel() as channel:
            ours = (one.queue.name for one in self.faststream.subscribers if isinstance(one, RabbitSubscriber))
            return {name: await _size(channel, name) for name in (self._dead, *ours)}

    async def _restart(self, subscriber: RabbitSubscriber) -> None:
        """Restart a consumer; its unacknowledged messages are delivered again, here or to another instance.

        Its channel is closed, which every release of RabbitMQ counts as a failed delivery: a message that stalls its
        consumers repeatedly is dead-lettered. FastStream's own stop would wait for the stalled handlers.
        """
        queue = await self.faststream.config.declarer.declare_queue(subscriber.queue, channel=subscriber.channel)
        if not queue.channel.is_closed:
            # Otherwise the opened channel would also start the consumer that it had before.
            if subscriber._consumer_tag is not None:  # noqa: SLF001 - no public name
                await queue.cancel(subscriber._consumer_tag)  # noqa: SLF001
            await queue.channel.close()
        await queue.channel.reopen()
        _expect_messages(subscriber)
        try:
            await subscriber.start()
        except BaseException:
            subscriber.running = False
            raise

    async def stop(self) -> None:
        """Finish the messages in progress and disconnect, also when the connection is broken."""
        try:
            await self.faststream.stop()
        except Exception as error:  # noqa: BLE001 - after any error, nothing may remain that reconnects
            log.warning("broker.not_stopped", error=repr(error)[:200])
            await self._close()
            with suppress(Exception):
                await self.faststream.stop()
        await self._close()

    async def _close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


def _expect_messages(subscriber: Any) -> None:
    """Make FastStream accept messages from the first delivery, not only after its start has returned."""
    subscriber.running = True


async def _size(channel: aio_pika.abc.AbstractChannel, queue: str) -> Size:
    found = (await channel.declare_queue(queue, passive=True)).declaration_result
    return Size(found.message_count or 0, found.consumer_count or 0)
