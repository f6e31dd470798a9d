"""Where the things to verify are: five databases and a broker; and a look at all of them at one moment each."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from foodctl.errors import FoodctlError
from foodctl.verify.queues import dead, lengths

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
        """Give a query's rows, a batch at a time, with their columns as attributes."""
        with self.connections[package].cursor("verify", row_factory=namedtuple_row) as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(query)

    def number(self, package: str, query: str) -> int:
        """Give the one number that a query asks for."""
        [row] = self.rows(package, query)
        return int(row[0])


def _open(url: str, stack: ExitStack) -> psycopg.Connection[Any]:
    connection = stack.enter_context(psycopg.connect(url, connect_timeout=5, application_name="foodctl verify"))
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    # The first statement takes the snapshot.
    connection.execute("SELECT set_config('timezone', 'UTC', true)")
    return connection
