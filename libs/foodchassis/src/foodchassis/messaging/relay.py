"""The relay: sends the events in the outbox to the broker, and deletes those that the broker has confirmed."""

import asyncio
import time
from contextlib import suppress
from functools import partial
from typing import NamedTuple
from uuid import UUID

import aio_pika
import structlog
from opentelemetry.trace import SpanKind

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.messaging.broker import Broker, Publish
from foodchassis.storage import chassis
from foodchassis.storage.database import Database
from foodchassis.storage.transaction import Statement
from foodchassis.telemetry import metrics, semconv, tracing

log = structlog.get_logger()


class Waiting(NamedTuple):
    """An event that waits in the outbox."""

    id: int
    event_id: UUID
    routing_key: str
    body: bytes
    traceparent: str | None


class Relay:
    """Sends waiting events to the broker; runs in every instance concurrently."""

    def __init__(self, settings: ServiceSettings, database: Database, broker: Broker) -> None:
        self._settings = settings
        self._database = database
        self._broker = broker
        self._woken = asyncio.Event()
        self._measured_at = float("-inf")
        database.after_publishing(self._woken.set)

    async def run(self) -> None:
        """Send waiting events after each commit and at a poll interval, until cancelled."""
        while True:
            try:
                while await self.send_batch():
                    pass
                if time.monotonic() - self._measured_at >= self._settings.outbox_poll_interval:
                    await self._measure()
            except Exception as error:  # noqa: BLE001 - the relay continues after every error of database and broker
                log.warning("outbox.stalled", error=str(error).splitlines()[0][:200] if str(error) else repr(error))
                await asyncio.sleep(self._settings.outbox_poll_interval)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.outbox_poll_interval):
                    await self._woken.wait()
            self._woken.clear()

    async def send_batch(self) -> int:
        """Publish the oldest waiting events, delete the confirmed ones, and return their number."""
        await self._broker.started.wait()
        async with self._database.plain() as transaction:
            (rows,) = await transaction.send(Statement(chassis.NEXT_EVENTS, {"limit": self._settings.outbox_batch}))
            waiting = [Waiting(*row) for row in rows]
            if not waiting:
                return 0
            publish = await self._broker.publisher()
            # While RabbitMQ blocks the connection, repeated batches would fill the memory: the first message waits
            # until the socket is writable, and the others for the first.
            sending = (self._send(row, partial(publish, wait=row is waiting[0])) for row in waiting)
            results = await asyncio.gather(*sending, return_exceptions=True)
            ended = list(zip(waiting, results, strict=True))
            sent = [row.id for row, result in ended if not isinstance(result, BaseException)]
            refused = [row.id for row, result in ended if isinstance(result, aio_pika.exceptions.DeliveryError)]
            if sent:
                await transaction.put(Statement(chassis.FORGET_EVENTS, {"ids": sent}))
            if refused:
                most = {"ids": refused, "most": self._settings.outbox_max_attempts}
                await transaction.put(Statement(chassis.COUNT_REFUSALS, most))
        metrics.publish_failed.inc(len(refused))
        metrics.published.inc(len(sent))
        if len(sent) < len(waiting):
            failure = next(result for result in results if isinstance(result, BaseException))
            raise ConnectionError(f"{len(waiting) - len(sent)} of {len(waiting)} not confirmed: {failure!r}")
        return len(sent)

    async def _send(self, row: Waiting, publish: Publish) -> None:
        key, event_id = row.routing_key, str(row.event_id)
        attributes = semconv.sending(self._broker.events.name, key, event_id, len(row.body))
        with tracing.span(f"publish {key}", row.traceparent, SpanKind.PRODUCER, attributes):
            message = aio_pika.Message(
                row.body,
                message_id=event_id,
                content_type="application/cloudevents+json",
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                headers={"traceparent": tracing.traceparent()},
            )
            await publish(message.body, routing_key=key, properties=message.properties)

    async def _measure(self) -> None:
        self._measured_at = time.monotonic()
        async with self._database.plain() as transaction:
            (((pending, age, parked),),) = await transaction.send(Statement(chassis.MEASURE_OUTBOX))
        metrics.outbox_pending.set(pending)
        metrics.outbox_age.set(age)
        metrics.outbox_parked.set(parked)
