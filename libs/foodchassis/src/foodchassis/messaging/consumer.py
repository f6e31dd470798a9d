"""Feeds each queue to its handler: once per event, in one transaction, retried with delay and then parked."""

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import structlog
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitMessage
from opentelemetry.trace import SpanKind, Status, StatusCode
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.errors import UnavailableError
from foodchassis.kernel.events import Envelope, Event, caused_by
from foodchassis.kernel.settings import ServiceSettings
from foodchassis.messaging.broker import EXCHANGE, Broker, event_queue
from foodchassis.messaging.forwarding import Forwarding
from foodchassis.messaging.handlers import EventHandler
from foodchassis.storage.database import DOWN, Database, run
from foodchassis.storage.tables import inbox
from foodchassis.telemetry import metrics, semconv, tracing

log = structlog.get_logger()
ATTEMPT = "x-attempt"
POSTPONED = "x-postponed"
DONE = frozenset({"handled", "repeated"})


async def first_time(session: AsyncSession, handler: str, event_id: UUID) -> bool:
    """Claim an event for a handler; False when the handler has done it before."""
    claim = insert(inbox).values(handler=handler, event_id=event_id).on_conflict_do_nothing()
    # psycopg reports a row count of -1 here; only RETURNING tells who won.
    return (await run(session, claim.returning(inbox.c.event_id))).first() is not None


async def _raw(message: Any) -> Any:
    return message


@dataclass
class Consumer:
    """Feeds one queue's messages to one handler."""

    event_type: type[Event]
    handler: EventHandler[Any]
    settings: ServiceSettings
    database: Database
    broker: Broker

    def subscribe(self) -> None:
        """Declare the queue when the broker starts, and consume it with a channel of our own."""
        subscriber = self.broker.faststream.subscriber(
            event_queue(self.settings.service_name, self.event_type.routing_key),
            EXCHANGE,
            channel=Channel(prefetch_count=self.settings.broker_prefetch),
            ack_policy=AckPolicy.MANUAL,
            decoder=_raw,
            no_reply=True,
        )
        subscriber(self.consume)
        metrics.expect_handler(self.handler.__name__)

    async def consume(self, message: RabbitMessage) -> None:
        """Handle one message to its end, in the trace of who published it."""
        key, size = self.event_type.routing_key, len(message.body)
        attributes = semconv.processing(EXCHANGE.name, key, self._queue_name, message.message_id, size)
        parent = str(message.headers.get("traceparent", ""))
        with tracing.span(f"process {key}", parent, SpanKind.CONSUMER, attributes) as current:
            outcome = await self._consume(message)
            current.set_attribute(semconv.OUTCOME, outcome)
            if outcome not in DONE:
                current.set_status(Status(StatusCode.ERROR, outcome))

    async def _consume(self, message: RabbitMessage) -> str:
        """Bring a message to its end: done, waiting for its next try, or parked; then acknowledge it."""
        attempt = int(message.headers.get(ATTEMPT, 1))
        began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        try:
            outcome = await self._handle(message)
        except ValidationError as error:
            await self._forwarding.park(
                message, f"not a {self.event_type.event_type}: {error.errors(include_input=False)}"
            )
            outcome = "parked"
        except (*DOWN, UnavailableError) as error:
            # Not the message's fault: it waits as long as the server is down, and its tries are not counted.
            postponed = int(message.headers.get(POSTPONED, 0))
            delays = self.settings.retry_delays
            await self._forwarding.retry(message, delays[min(postponed, len(delays) - 1)], **{POSTPONED: postponed + 1})
            log.warning("event.postponed", handler=self.handler.__name__, error=repr(error)[:200])
            tracing.annotate({semconv.ERROR_TYPE: type(error).__name__})
            outcome = "postponed"
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the message is retried and then parked
            outcome = await self._failed(message, attempt, error)
        await message.ack()
        metrics.note_handled(self.handler.__name__, outcome, time.perf_counter() - began)
        return outcome

    async def _handle(self, message: RabbitMessage) -> str:
        envelope = Envelope.model_validate_json(message.body)
        event = self.event_type.model_validate(envelope.data)
        caused_by(envelope.correlationid, str(envelope.id))
        structlog.contextvars.bind_contextvars(request_id=envelope.correlationid, event_type=envelope.type, **event.ids)
        async with self.database.transaction() as session:
            if not await first_time(session, self.handler.__name__, envelope.id):
                return "repeated"
            await self.handler(event, session)
        return "handled"

    async def _failed(self, message: RabbitMessage, attempt: int, error: Exception) -> str:
        reason = f"{type(error).__name__}: {error}"[:500]
        tracing.annotate({semconv.ERROR_TYPE: type(error).__name__})
        if attempt > len(self.settings.retry_delays):
            log.error("event.parked", handler=self.handler.__name__, attempt=attempt, exc_info=error)
            await self._forwarding.park(message, reason)
            return "parked"
        log.warning("event.failed", handler=self.handler.__name__, attempt=attempt, error=reason)
        await self._forwarding.retry(message, self.settings.retry_delays[attempt - 1], **{ATTEMPT: attempt + 1})
        return "retried"

    @cached_property
    def _forwarding(self) -> Forwarding:
        return Forwarding(self._queue_name, self.settings, self.broker)

    @property
    def _queue_name(self) -> str:
        return f"{self.settings.service_name}.{self.event_type.routing_key}"
