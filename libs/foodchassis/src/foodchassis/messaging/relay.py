"""The relay: sends what waits in the outbox to the broker, and deletes what the broker has confirmed."""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import aio_pika
import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.kernel.types import now
from foodchassis.messaging.broker import EXCHANGE, Broker
from foodchassis.storage.database import Database, run
from foodchassis.storage.tables import outbox, outbox_counted, outbox_published
from foodchassis.telemetry import metrics, semconv, tracing

log = structlog.get_logger()


class Relay:
    """Sends waiting events to the broker; runs in every instance, side by side with the others."""

    def __init__(self, settings: ServiceSettings, database: Database, broker: Broker) -> None:
        self._settings = settings
        self._database = database
        self._broker = broker
        self._woken = asyncio.Event()
        self._measured_at = float("-inf")
        database.after_publishing(self._woken.set)

    async def run(self) -> None:
        """Send whatever waits, each time a commit wakes us and once in a poll interval."""
        while True:
            try:
                while await self.send_batch():
                    pass
                if time.monotonic() - self._measured_at >= self._settings.outbox_poll_interval:
                    await self._measure()
            except Exception as error:  # noqa: BLE001 - the relay outlives every fault of database and broker
                log.warning("outbox.stalled", error=str(error).splitlines()[0][:200] if str(error) else repr(error))
                await asyncio.sleep(self._settings.outbox_poll_interval)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.outbox_poll_interval):
                    await self._woken.wait()
            self._woken.clear()

    async def send_batch(self) -> int:
        """Publish the oldest waiting events, delete those confirmed, and return how many were."""
        await self._broker.started.wait()
        async with self._database.transaction() as session:
            waiting = (
                await run(
                    session,
                    select(outbox)
                    .where(outbox.c.parked_at.is_(None))
                    .order_by(outbox.c.id)
                    .limit(self._settings.outbox_batch)
                    .with_for_update(skip_locked=True),
                )
            ).all()
            if not waiting:
                return 0
            results = await asyncio.gather(*(self._send(row) for row in waiting), return_exceptions=True)
            sent = [
                row.id for row, result in zip(waiting, results, strict=True) if not isinstance(result, BaseException)
            ]
            refused = [
                row.id
                for row, result in zip(waiting, results, strict=True)
                if isinstance(result, aio_pika.exceptions.DeliveryError)
            ]
            if sent:
                await _forget(session, sent)
            if refused:
                await self._count_refusals(session, refused)
        metrics.published.inc(len(sent))
        if len(sent) < len(waiting):
            failure = next(result for result in results if isinstance(result, BaseException))
            raise ConnectionError(f"{len(waiting) - len(sent)} of {len(waiting)} not confirmed: {failure!r}")
        return len(sent)

    async def _send(self, row: Any) -> None:
        key, event_id = row.routing_key, str(row.event_id)
        attributes = semconv.sending(EXCHANGE.name, key, event_id, len(row.body))
        with tracing.span(f"publish {key}", row.traceparent, SpanKind.PRODUCER, attributes):
            message = aio_pika.Message(
                row.body,
                message_id=event_id,
                content_type="application/cloudevents+json",
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                headers={"traceparent": tracing.traceparent()},
            )
            await self._broker.exchange(EXCHANGE).publish(message, key, mandatory=False, timeout=10)

    async def _count_refusals(self, session: AsyncSession, refused: list[int]) -> None:
        metrics.publish_failed.inc(len(refused))
        await run(session, update(outbox).where(outbox.c.id.in_(refused)).values(attempts=outbox.c.attempts + 1))
        await run(
            session,
            update(outbox)
            .where(outbox.c.id.in_(refused), outbox.c.attempts >= self._settings.outbox_max_attempts)
            .values(parked_at=func.now()),
        )

    async def _measure(self) -> None:
        self._measured_at = time.monotonic()
        async with self._database.transaction() as session:
            row = (
                await run(
                    session,
                    select(
                        func.count().filter(outbox.c.parked_at.is_(None)).label("pending"),
                        func.min(outbox.c.created_at).filter(outbox.c.parked_at.is_(None)).label("oldest"),
                        func.count(outbox.c.parked_at).label("parked"),
                    ),
                )
            ).one()
        metrics.outbox_pending.set(row.pending)
        metrics.outbox_age.set((now() - row.oldest) / timedelta(seconds=1) if row.oldest else 0)
        metrics.outbox_parked.set(row.parked)


async def _forget(session: AsyncSession, sent: list[int]) -> None:
    """Delete confirmed events and count them, in one statement; in the keys' order, or two relays could deadlock."""
    gone = delete(outbox).where(outbox.c.id.in_(sent)).returning(outbox.c.routing_key, outbox.c.event_id).cte("gone")
    counts = (
        select(gone.c.routing_key, func.count())
        .where(~exists().where(outbox_counted.c.since > gone.c.event_id))
        .group_by(gone.c.routing_key)
        .order_by(gone.c.routing_key)
    )
    statement = insert(outbox_published).from_select(["routing_key", "count"], counts)
    more = outbox_published.c.count + statement.excluded.count
    await run(session, statement.on_conflict_do_update(index_elements=["routing_key"], set_={"count": more}))
