"""A transaction on psycopg's own connection: few prepared statements, sent together, and no ORM."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import psycopg
from opentelemetry.trace import SpanKind

from foodchassis.kernel.resources import Resources
from foodchassis.storage.statements import COMMIT, described
from foodchassis.telemetry.tracing import step

Rows = list[tuple[Any, ...]]
Check = Callable[[Rows], None]


class Statement(NamedTuple):
    """One SQL statement and its parameters, prepared by psycopg; `check` sees its rows and may raise."""

    text: str
    parameters: Mapping[str, Any] = {}
    check: Check | None = None


class Transaction:
    """One transaction on a plain connection. What is `put` goes with the next round trip, or with the commit."""

    def __init__(
        self,
        connection: psycopg.AsyncConnection[Any],
        resources: Resources,
        calls: list[Callable[[], None]],
        *,
        shared: bool = False,
    ) -> None:
        self.connection = connection
        self.resources = resources
        self._calls = calls
        self._shared = shared
        self._waiting: list[Statement] = []

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have `call` made once the work is committed; what it does may be lost, and must not wait."""
        self._calls.append(call)

    async def put(self, *statements: Statement) -> None:
        """Have statements sent no later than the commit; at once when an ORM session shares the transaction."""
        self._waiting += statements
        if self._shared:
            await self.send()

    async def send(self, *statements: Statement) -> list[Rows]:
        """Send what waits and `statements` in one round trip, and return the rows of each of `statements`."""
        batch, self._waiting = [*self._waiting, *statements], []
        if len(batch) <= 1:
            cursors = [await self._execute(one) for one in batch]
        else:
            async with self.connection.pipeline():
                cursors = [await self._execute(one) for one in batch]
        return (await self._checked(batch, cursors))[len(batch) - len(statements) :]

    async def commit(self) -> None:
        """Send what waits and commit, in one round trip."""
        batch, self._waiting = self._waiting, []
        with step(COMMIT, SpanKind.CLIENT, described(COMMIT)):
            if any(one.check for one in batch):
                # A check may still refuse, so the commit has to wait for its answer.
                self._waiting = batch
                await self.send()
                await self.connection.commit()
            elif batch:
                async with self.connection.pipeline():
                    for one in batch:
                        await self._execute(one)
                    await self.connection.commit()
            else:
                await self.connection.commit()

    async def _execute(self, statement: Statement) -> psycopg.AsyncCursor[Any]:
        return await self.connection.execute(statement.text, statement.parameters, prepare=True)

    async def _checked(self, batch: list[Statement], cursors: list[psycopg.AsyncCursor[Any]]) -> list[Rows]:
        found = [await cursor.fetchall() if cursor.description else [] for cursor in cursors]
        for statement, rows in zip(batch, found, strict=True):
            if statement.check is not None:
                statement.check(rows)
        return found
