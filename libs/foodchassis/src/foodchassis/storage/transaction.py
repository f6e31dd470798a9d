"""A transaction on psycopg's own connection: few prepared statements, sent together, and no ORM."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple

import psycopg

from foodchassis.kernel.resources import Resources
from foodchassis.storage.pipeline import Pipeline, Rows
from foodchassis.storage.statements import COMMIT, spans

Check = Callable[[Rows], None]


class Statement(NamedTuple):
    """One SQL statement and its parameters, prepared the first time it is sent; `check` gets its rows and may raise."""

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
        # Few enough to be searched: parameters may be lists, which no dictionary takes as a key.
        self.read_ahead: list[tuple[Statement, Rows]] = []

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

        With `commit` nothing more may follow: the transaction is committed in the same round trip, so nothing that is
        sent may have a check.
        """
        if statements and not commit and (found := self._found_ahead(statements)):
            return found
        batch, self._waiting = [*self._waiting, *statements], []
        if commit and any(one.check for one in batch):
            raise ValueError("A check that refuses would come after the commit.")
        return (await self._run(batch, commit=commit))[len(batch) - len(statements) :]

    async def send_ahead(self, *statements: Statement) -> None:
        """Send in one round trip what will be sent one by one, and keep the rows until then."""
        self.read_ahead += zip(statements, await self.send(*statements), strict=True)

    async def commit(self) -> None:
        """Send what waits and commit, in one round trip."""
        if any(one.check for one in self._waiting):
            # A check may still refuse, so the commit has to wait for its answer.
            await self.send()
        batch, self._waiting = self._waiting, []
        await self._run(batch, commit=True)

    def _found_ahead(self, statements: Sequence[Statement]) -> list[Rows] | None:
        """Take out the rows of statements that were sent ahead; None unless all of them were."""
        places = [next((n for n, (sent, _) in enumerate(self.read_ahead) if sent == one), None) for one in statements]
        if None in places:
            return None
        found = [self.read_ahead[place][1] for place in places if place is not None]
        self.read_ahead = [kept for n, kept in enumerate(self.read_ahead) if n not in places]
        return found

    async def _run(self, batch: list[Statement], *, commit: bool = False) -> list[Rows]:
        texts = [one.text for one in batch] + [COMMIT] * commit
        with spans(texts):
            pipeline = Pipeline.of(self.connection, shared=self._shared)
            found = await pipeline.run([(one.text, one.parameters) for one in batch], commit=commit)
        for statement, rows in zip(batch, found, strict=True):
            if statement.check is not None:
                statement.check(rows)
        return found
