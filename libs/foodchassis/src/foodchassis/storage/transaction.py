"""A transaction on psycopg's own connection: few prepared statements, sent together, and no ORM."""

from collections.abc import Callable, Hashable, Mapping
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple

import psycopg

from foodchassis.kernel.resources import Resources
from foodchassis.storage.pipeline import Pipeline, Rows
from foodchassis.storage.statements import COMMIT, spans

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
        self.read_ahead: dict[Hashable, Rows] = {}

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have `call` made once the work is committed; what it does may be lost, and must not wait."""
        # What it logs belongs to the work that is under way now.
        self._calls.append(partial(copy_context().run, call))

    async def put(self, *statements: Statement) -> None:
        """Have statements sent no later than the commit; at once when an ORM session shares the transaction."""
        self._waiting += statements
        if self._shared:
            await self.send()

    async def send(self, *statements: Statement, commit: bool = False) -> list[Rows]:
        """Send what waits and `statements` in one round trip, and return the rows of each of `statements`.

        With `commit` nothing more may follow: the transaction is committed in the same round trip.
        """
        if self.read_ahead and not commit and all(_key(one) in self.read_ahead for one in statements):
            return [self.read_ahead.pop(_key(one)) for one in statements]
        batch, self._waiting = [*self._waiting, *statements], []
        return (await self._run(batch, commit=commit))[len(batch) - len(statements) :]

    async def send_ahead(self, *statements: Statement) -> None:
        """Send in one round trip what will be sent one by one, and keep the rows until then."""
        for statement, rows in zip(statements, await self.send(*statements), strict=True):
            self.read_ahead[_key(statement)] = rows

    async def commit(self) -> None:
        """Send what waits and commit, in one round trip."""
        if any(one.check for one in self._waiting):
            # A check may still refuse, so the commit has to wait for its answer.
            await self.send()
        batch, self._waiting = self._waiting, []
        await self._run(batch, commit=True)

    async def _run(self, batch: list[Statement], *, commit: bool = False) -> list[Rows]:
        texts = [one.text for one in batch] + [COMMIT] * commit
        with spans(texts):
            pipeline = Pipeline.of(self.connection, shared=self._shared)
            found = await pipeline.run([(one.text, one.parameters) for one in batch], commit=commit)
        for statement, rows in zip(batch, found, strict=True):
            if statement.check is not None:
                statement.check(rows)
        return found


def _key(statement: Statement) -> Hashable:
    return statement.text, *statement.parameters.items()
