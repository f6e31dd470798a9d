"""The databases and queues that are checked."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import aio_pika
import psycopg
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity
from psycopg.rows import namedtuple_row

from foodchassis.messaging.broker import dead_letters, event_queue, retry_queue
from foodctl.catalog import SERVICES
from foodctl.errors import FoodctlError
from foodctl.subscriptions import subscriptions
from foodevents import FoodSettings

_SECONDS = 10


def dead(package: str) -> str:
    """Return the name of a service's queue of dead letters."""
    return dead_letters(package.replace("_", "-")).name


def lengths(broker_url: str, packages: Iterable[str]) -> dict[str, int]:
    """Return the number of ready messages by queue name; no message is received."""
    try:
        return asyncio.run(_lengths(broker_url, list(_names(packages))))
    except (OSError, AMQPError, TimeoutError) as error:
        raise FoodctlError(f"the queues of the broker cannot be read: {error!r}") from None


def retry_queues() -> list[str]:
    """Return the names of the retry queues."""
    prefix, delays = (FoodSettings.model_fields[name].default for name in ("retry_prefix", "retry_delays"))
    services = [one.name for one in SERVICES if "rabbitmq" in one.needs]
    own = [retry_queue(prefix, service, delay)[1].name for service in services for delay in delays]
    # Those of the previous release were shared; messages left in them return automatically.
    return [*own, *(f"{prefix}.{int(delay * 1000)}ms" for delay in delays)]


def _names(packages: Iterable[str]) -> Iterator[str]:
    yield from retry_queues()
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
                # The queue does not exist, and the broker has closed the channel.
                channel = await connection.channel()
            else:
                found[name] = queue.declaration_result.message_count or 0
    return found


_AT_ONCE = 2000


@dataclass(frozen=True)
class Places:
    """The database URLs by package, and the broker's URL; without a broker nothing counts as parked."""

    databases: Mapping[str, str]
    broker: str | None = None

    @contextmanager
    def look(self) -> Iterator["Look"]:
        """Open every database for reading, in a snapshot each."""
        with ExitStack() as stack:
            try:
                connections = {package: _open(url, stack) for package, url in self.databases.items()}
                yield Look(connections, lengths(self.broker, self.databases) if self.broker else {})
            except psycopg.Error as error:
                raise FoodctlError(f"the databases cannot be read: {str(error).strip()}") from None


@dataclass(frozen=True)
class Look:
    """A snapshot of every database, and the number of messages by queue name."""

    connections: Mapping[str, psycopg.Connection[Any]]
    queues: Mapping[str, int]

    @property
    def parked(self) -> dict[str, int]:
        """Return the number of dead letters of each service."""
        return {package: self.queues.get(dead(package), 0) for package in self.connections}

    def rows(self, package: str, query: str) -> Iterator[Any]:
        """Yield the rows of a query in batches, with columns as attributes."""
        with self.connections[package].cursor("verify", row_factory=namedtuple_row) as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(query)

    def number(self, package: str, query: str) -> int:
        """Return the number that a query selects."""
        [row] = self.rows(package, query)
        return int(row[0])


def _open(url: str, stack: ExitStack) -> psycopg.Connection[Any]:
    connection = stack.enter_context(psycopg.connect(url, connect_timeout=5, application_name="foodctl verify"))
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    # The first statement takes the snapshot. Compiling a query that runs once usually costs more than it saves.
    connection.execute("SELECT set_config('timezone', 'UTC', true), set_config('jit', 'off', true)")
    return connection
