"""Passes each queue's messages to its handler: once per event, in one transaction, with delayed retries."""

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import structlog
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitMessage
from opentelemetry.trace import SpanKind, Status, StatusCode
from pydantic import ValidationError

from foodchassis.kernel.errors import NotFoundError, UnavailableError
from foodchassis.kernel.events import Envelope, Event, caused_by
from foodchassis.kernel.settings import ServiceSettings
from foodchassis.messaging.broker import Broker, event_queue
from foodchassis.messaging.forwarding import Forwarding
from foodchassis.messaging.handlers import EventHandler, First, takes_transaction
from foodchassis.messaging.lane import Lane
from foodchassis.storage import chassis
from foodchassis.storage.database import DOWN, Database, transaction_of
from foodchassis.storage.pipeline import Rows
from foodchassis.storage.transaction import Transaction
from foodchassis.telemetry import metrics, semconv, tracing

log = structlog.get_logger()
ATTEMPT = "x-attempt"
POSTPONED = "x-postponed"
EARLY = "x-early"
# An event may overtake an earlier one, which waits in a backlog after an outage: it is retried for
# more than half an hour, after 100 ms to 30 s. In the first minute the delays are short, so that a backlog ends soon.
EARLY_AT_EACH = 8
MOST_EARLY = 90
MOST_TRIES = 1_000_000
DONE = frozenset({"handled", "repeated"})


class UnreadableError(Exception):
    """The message is not an event of the type and version that the handler declares."""


class RepeatedError(Exception):
    """The handler has already handled this event."""


def _first_time(rows: Rows) -> None:
    if not rows:
        raise RepeatedError


async def _raw(message: Any) -> Any:
    return message


@dataclass
class Consumer:
    """Passes the messages of one queue to one handler."""

    event_type: type[Event]
    handler: EventHandler[Any]
    settings: ServiceSettings
    database: Database
    broker: Broker
    lane: Lane
    first: First | None = None

    def subscribe(self) -> None:
        """Declare the queue when the broker starts, and consume it on a channel of its own."""
        subscriber = self.broker.faststream.subscriber(
            event_queue(self.settings.service_name, self.event_type.routing_key),
            self.broker.events,
            channel=Channel(prefetch_count=self.settings.broker_prefetch),
            ack_policy=AckPolicy.MANUAL,
            decoder=_raw,
            no_reply=True,
        )
        subscriber(self.consume)
        metrics.expect_handler(self.handler.__name__)

    async def consume(self, message: RabbitMessage) -> None:
        """Handle one message, in the trace of its publisher."""
        key, size = self.event_type.routing_key, len(message.body)
        attributes = semconv.processing(self.broker.events.name, key, self._queue_name, message.message_id, size)
        parent = str(message.headers.get("traceparent", ""))
        progress = self.broker.progress[self._queue_name]
        with progress.message(), tracing.span(f"process {key}", parent, SpanKind.CONSUMER, attributes) as current:
            outcome = await self._consume(message)
            current.set_attribute(semconv.OUTCOME, outcome)
            if outcome not in DONE:
                current.set_status(Status(StatusCode.ERROR, outcome))

    async def _consume(self, message: RabbitMessage) -> str:
        """Handle a message with any content: it is done, waits for a retry, or is dead-lettered."""
        began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        try:
            outcome = await self._handle(message)
        except RepeatedError:
            outcome = "repeated"
        except UnreadableError as error:
            outcome = await self._unreadable(message, error)
        except (*DOWN, UnavailableError) as error:
            outcome = await self._postpone(message, error, POSTPONED, 1)
        except NotFoundError as error:
            early = _count(message, EARLY, 0) < MOST_EARLY
            outcome = await (
                self._postpone(message, error, EARLY, EARLY_AT_EACH) if early else self._failed(message, error)
            )
        except Exception as error:  # noqa: BLE001 - after any error of a handler the message is retried and then dead-lettered
            outcome = await self._failed(message, error)
        await self.broker.acknowledgements.send(message)
        metrics.note_handled(self.handler.__name__, outcome, time.perf_counter() - began)
        return outcome

    async def _handle(self, message: RabbitMessage) -> str:
        envelope, event = self._read(message)
        caused_by(envelope.correlationid, str(envelope.id))
        structlog.contextvars.bind_contextvars(request_id=envelope.correlationid, event_type=envelope.type, **event.ids)
        claim = chassis.claim(self.handler.__name__, envelope.id, _first_time)

        async def work(transaction: Transaction) -> None:
            await transaction.put(claim)
            await self.handler(event, transaction)  # type: ignore[arg-type]  # takes a transaction, as `takes_transaction` checked
            if tracing.recording():
                # Sent now, so that the spans of the statements belong to the trace of this message.
                await transaction.send()

        if not takes_transaction(self.handler):
            async with self.database.slots, self.database.transaction() as session:
                await (await transaction_of(session)).send(claim)
                await self.handler(event, session)  # type: ignore[arg-type]  # takes a session
        # A message that failed before, or ended a process, is handled alone, so that it cannot roll back others.
        elif message.raw_message.redelivered or not {ATTEMPT, EARLY}.isdisjoint(message.headers):
            await self.lane.alone(work)
        else:
            await self.lane.do(work, self.first(event) if self.first else ())
        return "handled"

    def _read(self, message: RabbitMessage) -> tuple[Envelope, Event]:
        try:
            envelope = Envelope.model_validate_json(message.body)
            if envelope.type == self.event_type.event_type:
                return envelope, self.event_type.model_validate(envelope.data)
        except ValidationError as error:
            raise UnreadableError(f"not a {self.event_type.event_type}: {error.errors(include_input=False)}") from error
        raise UnreadableError(f"{envelope.type[:100]} is not the expected {self.event_type.event_type}")

    async def _unreadable(self, message: RabbitMessage, error: Exception) -> str:
        log.error("event.parked", handler=self.handler.__name__, reason=str(error)[:200])
        await self._forwarding.park(message, str(error)[:500])
        return "parked"

    async def _postpone(self, message: RabbitMessage, error: Exception, why: str, at_each: int) -> str:
        """Retry later without counting an attempt, because a server is down or the subject does not exist yet.

        Each delay is used `at_each` times before the next longer one.
        """
        postponed, delays = _count(message, why, 0), self.settings.retry_delays
        delay = delays[min(postponed // at_each, len(delays) - 1)]
        await self._forwarding.retry(message, delay, **{why: postponed + 1})
        log.warning("event.postponed", handler=self.handler.__name__, error=repr(error)[:200])
        tracing.annotate({semconv.ERROR_TYPE: type(error).__name__})
        return "postponed"

    async def _failed(self, message: RabbitMessage, error: Exception) -> str:
        attempt = _count(message, ATTEMPT, 1)
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


def _count(message: RabbitMessage, header: str, default: int) -> int:
    """Read a counter from a header; an invalid one counts as absent."""
    found = message.headers.get(header)
    return found if type(found) is int and default <= found < MOST_TRIES else default
