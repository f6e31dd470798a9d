"""The databases and queues that are looked into."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import aio_pika
import psycopg
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity
from psycopg.rows import namedtuple_row

from foodchassis.messaging.broker import dead_letters, event_queue, waiting_room
from foodctl.catalog import SERVICES
from foodctl.errors import FoodctlError
from foodctl.subscriptions import subscriptions
from foodevents import FoodSettings

_SECONDS = 10


def dead(package: str) -> str:
    """Return the name of a service's queue of dead letters."""
    return dead_letters(package.replace("_", "-")).name


def lengths(broker_url: str, packages: Iterable[str]) -> dict[str, int]:
    """Count what is ready in each queue, by the queue's name.

    Only counted, never taken out and put back: RabbitMQ 4 drops a message that came back too often.
    """
    try:
        return asyncio.run(_lengths(broker_url, list(_names(packages))))
    except (OSError, AMQPError, TimeoutError) as error:
        raise FoodctlError(f"the broker cannot be asked for its queues: {error!r}") from None


def waiting_rooms() -> list[str]:
    """Return the names of the queues where messages wait for their next try."""
    prefix, delays = (FoodSettings.model_fields[name].default for name in ("retry_prefix", "retry_delays"))
    services = [one.name for one in SERVICES if "rabbitmq" in one.needs]
    own = [waiting_room(prefix, service, delay)[1].name for service in services for delay in delays]
    # Those of the release before were shared; what is left in them comes back by itself.
    return [*own, *(f"{prefix}.{int(delay * 1000)}ms" for delay in delays)]


def _names(packages: Iterable[str]) -> Iterator[str]:
    yield from waiting_rooms()
    for package in packages:
        yield dead(package)
        yield from (event_queue(package.replace("_", "-"), key).name for key in subscriptions(package).values())


async def _lengths(broker_url: str, names: list[str]) -> dict[str, int]:
    found = dict.fromkeys(names, 0)
    async with asyncio.timeout(_SECONDS), await aio_pika.connect(broker_url) as connection:
        channel = await connection.channel()
        for name in names:
            try:
                queue = await channel.declare_queue(name, passive=True)
            except ChannelNotFoundEntity:
                # There is no such queue, and the broker has closed the channel.
                channel = await connection.channel()
            else:
                found[name] = queue.declaration_result.message_count or 0
    return found


_AT_ONCE = 2000


@dataclass(frozen=True)
class Places:
    """The databases' URLs by package, and the broker's; without a broker nothing counts as parked."""

    databases: Mapping[str, str]
    broker: str | None = None

    @contextmanager
    def look(self) -> Iterator["Look"]:
        """Open every database for reading, each as it is now."""
        with ExitStack() as stack:
            try:
                connections = {package: _open(url, stack) for package, url in self.databases.items()}
                yield Look(connections, lengths(self.broker, self.databases) if self.broker else {})
            except psycopg.Error as error:
                raise FoodctlError(f"the databases cannot be read: {str(error).strip()}") from None


@dataclass(frozen=True)
class Look:
    """Every database at one moment each, and how many messages each queue has, by its name."""

    connections: Mapping[str, psycopg.Connection[Any]]
    queues: Mapping[str, int]

    @property
    def parked(self) -> dict[str, int]:
        """Return how many messages each service has parked."""
        return {package: self.queues.get(dead(package), 0) for package in self.connections}

    def rows(self, package: str, query: str) -> Iterator[Any]:
        """Yield a query's rows, a batch at a time, with their columns as attributes."""
        with self.connections[package].cursor("verify", row_factory=namedtuple_row) as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(query)

    def number(self, package: str, query: str) -> int:
        """Return the one number that a query asks for."""
        [row] = self.rows(package, query)
        return int(row[0])


def _open(url: str, stack: ExitStack) -> psycopg.Connection[Any]:
    connection = stack.enter_context(psycopg.connect(url, connect_timeout=5, application_name="foodctl verify"))
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    # The first statement takes the snapshot. Compiling a query that runs once mostly costs more than it saves.
    connection.execute("SELECT set_config('timezone', 'UTC', true), set_config('jit', 'off', true)")
    return connection
