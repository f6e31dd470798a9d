"""Latency and throughput of order-service's outbox, compared with aio-pika alone."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

import aio_pika
import psycopg
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

from foodchassis import new_id
from foodchassis.kernel import Envelope
from foodctl.api import gateway
from foodctl.catalog import service_named
from foodevents import FoodSettings
from foodlab.bench.errors import MeasurementError
from foodlab.bench.whole import Whole

ALONE = 40
WINDOW = 200
PAUSE = 0.03
LONGEST = 60.0
CREATED, DRAINED = "order.created", "bench.drained"
_EXCHANGE: str = FoodSettings.model_fields["events_exchange"].default
STORE = """
    INSERT INTO outbox (event_id, routing_key, body)
    SELECT gen_random_uuid(), %(key)s, %(body)s FROM generate_series(1, %(events)s)
"""


@dataclass(frozen=True)
class Outbox:
    """Milliseconds from an event to its consumer, and events per second of a backlog; both with references."""

    delay: float
    plain_delay: float
    drain: float
    plain_drain: float


@dataclass
class Tap:
    """A queue of the benchmark that is bound to the event exchange."""

    exchange: AbstractExchange
    arrived: list[tuple[float, float]] = field(default_factory=list)
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Record the arrival of a message, and the milliseconds since its creation."""
        made = Envelope.model_validate_json(message.body).time
        self.arrived.append((time.perf_counter(), 1000 * (datetime.now(UTC) - made).total_seconds()))
        async with self._more:
            self._more.notify_all()

    async def wait(self, events: int) -> list[tuple[float, float]]:
        """Wait for a number of arrivals, and return and reset them."""
        async with asyncio.timeout(LONGEST), self._more:
            await self._more.wait_for(lambda: len(self.arrived) >= events)
        found, self.arrived = self.arrived, []
        return found

    async def publish(self, key: str, body: bytes) -> None:
        """Publish with a confirm, as the relay does."""
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await self.exchange.publish(message, key, mandatory=False)


async def measure(whole: Whole, basket: dict[str, object], events: int) -> Outbox:
    """Measure events one after the other, and then a backlog."""
    async with _tapped(whole, CREATED) as tap, gateway(whole.system.gateway_url) as anonymous:
        customer = anonymous.with_token(whole.tokens.customers(1)[0])

        async def place() -> None:
            await customer.call("POST", "/orders", {**basket, "payment_method": "tok_ok"}, key=str(new_id()))

        async def send() -> None:
            await tap.publish(CREATED, _event())

        delay, plain_delay = await _one_by_one(tap, place), await _one_by_one(tap, send)
    async with _tapped(whole, DRAINED) as tap:
        await _store(whole, events)
        drain = await _rate(tap, events)
        for first in range(0, events, WINDOW):
            window = min(WINDOW, events - first)
            await asyncio.gather(*(tap.publish(DRAINED, _event()) for _ in range(window)))
        plain_drain = await _rate(tap, events)
    return Outbox(delay, plain_delay, drain, plain_drain)


async def _one_by_one(tap: Tap, act: Callable[[], Awaitable[None]]) -> float:
    for _ in range(ALONE):
        await act()
        await asyncio.sleep(PAUSE)
    return median(late for _, late in await tap.wait(ALONE))


async def _store(whole: Whole, events: int) -> None:
    """Store a backlog in the outbox in one transaction."""
    url = whole.system.database_url(service_named("order"))
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(STORE, {"key": DRAINED, "body": _event(), "events": events})


async def _rate(tap: Tap, events: int) -> float:
    """Return the events per second, from the first to the last arrival."""
    times = [at for at, _ in await tap.wait(events)]
    if len(times) != events:
        raise MeasurementError(f"{events} events were sent and {len(times)} arrived")
    return (events - 1) / (times[-1] - times[0])


@asynccontextmanager
async def _tapped(whole: Whole, key: str) -> AsyncIterator[Tap]:
    async with await aio_pika.connect(whole.system.endpoints.rabbitmq_url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(_EXCHANGE)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, key)
        tap = Tap(exchange)
        await queue.consume(tap.take, no_ack=True)
        yield tap


def _event() -> bytes:
    """Return an event with the size of an order's event."""
    data = {"lines": "x" * 900}
    made = Envelope(source="/bench", type="bench.made.v1", subject=new_id(), sequence=1, correlationid="bench",
                    causationid="bench", data=data)  # fmt: skip
    return made.model_dump_json().encode()
