"""The backlog of a service's queues and tables, and the actions on its dead letters."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

import structlog
from aio_pika.exceptions import AMQPError

from foodchassis.kernel.errors import NotFoundError, UnavailableError
from foodchassis.kernel.resources import Resources
from foodchassis.messaging.audit import Acted
from foodchassis.messaging.broker import Broker, Size
from foodchassis.messaging.dead_letter import DeadLetter
from foodchassis.messaging.dead_letters import DeadLetters, Received, opened
from foodchassis.messaging.gauges import MOST, OVERDUE
from foodchassis.messaging.handlers import EventRouter
from foodchassis.messaging.outbox import outgoing
from foodchassis.storage import chassis
from foodchassis.storage.database import Database
from foodchassis.storage.transaction import Statement, Transaction

log = structlog.get_logger()
READ_SECONDS = 10.0
ASK_SECONDS = 2.0
# A dead letter that is not found may be read by another instance or command, which soon returns it.
PAUSES = (0.1, 0.3)


class DeadLetterNotFoundError(NotFoundError):
    """The service has no such dead letter: it was sent back or dropped, or never existed."""

    title = "There is no such dead letter"


class BrokerAwayError(UnavailableError):
    """RabbitMQ does not answer; every dead letter stays where it is."""

    title = "RabbitMQ does not answer"


@dataclass(frozen=True)
class Backlog:
    """The backlog of a service: its outbox, its queues (None while the broker does not respond) and its tables."""

    waiting: int
    oldest_seconds: float
    parked: int
    sizes: dict[str, Size] | None
    deadlines_overdue: int
    effects_waiting: int

    @property
    def dead_letters(self) -> int | None:
        """Return the number of dead letters; their queue is the first."""
        return None if self.sizes is None else next(iter(self.sizes.values())).messages

    @property
    def queues(self) -> dict[str, Size]:
        """Return the event queues by name."""
        return dict(islice((self.sizes or {}).items(), 1, None))


class Operations:
    """Manages the queues and tables of the running service; `acted` records its actions."""

    def __init__(self, resources: Resources, events: EventRouter, acted: Acted) -> None:
        self._resources = resources
        self._service = resources.settings.service_name
        self._acted = acted
        # One reader at a time: each misses the dead letters that another has received.
        self._reading = asyncio.Lock()
        self._handlers = {
            f"{self._service}.{event.routing_key}": handler.__name__ for event, handler in events.handlers.items()
        }

    async def backlog(self) -> Backlog:
        """Return the current backlog."""
        count_effects = Statement(chassis.COUNT_EFFECTS, {"most": MOST})
        async with self._resources.get(Database).serve() as transaction:
            outbox, overdue, effects = await transaction.send(Statement(chassis.MEASURE_OUTBOX), OVERDUE, count_effects)
        (waiting, oldest_seconds, parked), ((late,), (unanswered,)) = outbox[0], (overdue[0], effects[0])
        sizes = await self._sizes()
        return Backlog(
            waiting=waiting,
            oldest_seconds=oldest_seconds,
            parked=parked,
            sizes=sizes,
            deadlines_overdue=late,
            effects_waiting=unanswered,
        )

    async def dead_letters(self, most: int) -> tuple[list[DeadLetter], int]:
        """Return up to `most` dead letters, newest first, and the total number. Raises BrokerAwayError."""
        async with self._queues() as queues:
            count = await queues.count(self._service)
            found = {
                received.dead_letter.id: received.dead_letter async for received in queues.of(self._service, most=most)
            }
        return sorted(found.values(), key=_parked_at, reverse=True), max(count, len(found))

    async def replay(self, dead_letter_id: UUID, admin_id: UUID) -> None:
        """Send a dead letter back to its original queue with reset attempts.

        Raises DeadLetterNotFoundError, NoWayBackError, QueueFullError or BrokerAwayError; the dead letter then stays in
        its queue.
        """
        async with self._taken(dead_letter_id) as received:
            async with self._resources.get(Database).serve() as transaction:
                await self._record(transaction, admin_id, "dead_letter.replayed", dead_letter_id)
                await received.send_back()
            # Committed first: after a crash before this line the dead letter is still there, and its copy is handled
            # once.
            await received.acknowledge()
        log.info("dead_letter.replayed", dead_letter_id=str(dead_letter_id), queue=received.dead_letter.queue)

    async def drop(self, dead_letter_id: UUID, admin_id: UUID, reason: str) -> None:
        """Drop a dead letter, and record that its event will never be handled.

        Raises DeadLetterNotFoundError or BrokerAwayError; the dead letter then stays in its queue.
        """
        async with self._taken(dead_letter_id) as received:
            async with self._resources.get(Database).serve() as transaction:
                await self._record(transaction, admin_id, "dead_letter.dropped", dead_letter_id, reason)
                handler, event_id = self._handlers.get(received.dead_letter.origin or ""), received.dead_letter.event_id
                if handler is not None and event_id is not None:
                    note = {"handler": handler, "event_id": event_id, "reason": reason}
                    await transaction.put(Statement(chassis.NOTE_DROPPED, note))
            await received.acknowledge()
        log.info("dead_letter.dropped", dead_letter_id=str(dead_letter_id), queue=received.dead_letter.queue)

    async def _record(
        self, transaction: Transaction, admin_id: UUID, action: str, dead_letter_id: UUID, reason: str | None = None
    ) -> None:
        event = self._acted(admin_id=admin_id, action=action, object_id=dead_letter_id, reason=reason)
        rows = [outgoing(self._resources, event)]
        await transaction.send(Statement(chassis.PUBLISH, chassis.outbox_parameters(rows)))
        transaction.after_commit(self._resources.get(Database).published)

    async def _sizes(self) -> dict[str, Size] | None:
        broker = self._resources.find(Broker)
        if broker is None or not broker.started.is_set():
            return None
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await broker.sizes()
        except Exception as error:  # noqa: BLE001 - any error means that the broker does not respond
            log.info("operations.broker_away", kind=type(error).__name__)
            return None

    @asynccontextmanager
    async def _queues(self) -> AsyncIterator[DeadLetters]:
        url = self._resources.settings.rabbitmq_url
        if url is None:
            raise BrokerAwayError("This service runs without RabbitMQ: start it with RABBITMQ_URL.")
        try:
            async with self._reading, asyncio.timeout(READ_SECONDS), opened(url.get_secret_value()) as queues:
                yield queues
        except (AMQPError, OSError) as error:
            log.warning("operations.broker_away", kind=type(error).__name__)
            raise BrokerAwayError(
                "Try again shortly; dead letters that were not handled yet stay in their queue."
            ) from error

    @asynccontextmanager
    async def _taken(self, dead_letter_id: UUID) -> AsyncIterator[Received]:
        """Yield one dead letter, which returns to its queue unless it is acknowledged.

        Raises DeadLetterNotFoundError.
        """
        for pause in (*PAUSES, None):
            async with self._queues() as queues, aclosing(queues.of(self._service)) as found:
                async for received in found:
                    if received.dead_letter.id == dead_letter_id:
                        yield received
                        return
            if pause is not None:
                await asyncio.sleep(pause)
        raise DeadLetterNotFoundError("It was already sent back or dropped, or never existed: read the list again.")


def _parked_at(dead_letter: DeadLetter) -> float:
    return dead_letter.parked_at.timestamp() if dead_letter.parked_at else 0.0
