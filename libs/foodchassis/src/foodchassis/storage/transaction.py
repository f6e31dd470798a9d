"""A transaction on a psycopg connection: prepared statements sent in batches, without the ORM."""

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
    """One SQL statement and its parameters, prepared the first time it is sent.

    `check` receives its rows and may raise.
    """

    text: str
    parameters: Mapping[str, Any] = {}
    check: Check | None = None


class Transaction:
    """One transaction on a plain connection.

    Statements that are `put` are sent with the next round trip or the commit.
    """

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
        # A list, because parameters may be lists, which cannot be dictionary keys; it is short.
        self.read_ahead: list[tuple[Statement, Rows]] = []

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call `call` once the work is committed; a crash may lose the call, and it must not block."""
        # Its log lines belong to the current work.
        self._calls.append(partial(copy_context().run, call))

    async def put(self, *statements: Statement) -> None:
        """Queue statements to be sent no later than the commit; at once when an ORM session shares the transaction."""
        self._waiting += statements
        if self._shared:
            await self.send()

    async def send(self, *statements: Statement, commit: bool = False) -> list[Rows]:
        """Send queued statements and `statements` in one round trip, and return the rows of each of `statements`.

        With `commit` the transaction is committed in the same round trip, so no statement may have a check.
        """
        if statements and not commit and (found := self._found_ahead(statements)):
            return found
        batch, self._waiting = [*self._waiting, *statements], []
        if commit and any(one.check for one in batch):
            raise ValueError("A check would run after the commit.")
        return (await self._run(batch, commit=commit))[len(batch) - len(statements) :]

    async def finish(self, *statements: Statement) -> list[Rows]:
        """Send the last statements and commit, in one round trip, and return the rows of each of `statements`.

        In a transaction that an ORM session shares, the session commits.
        """
        return await self.send(*statements, commit=not self._shared)

    async def send_ahead(self, *statements: Statement) -> None:
        """Send statements in one round trip whose rows `send` will return later."""
        self.read_ahead += zip(statements, await self.send(*statements), strict=True)

    async def commit(self) -> None:
        """Send queued statements and commit, in one round trip."""
        if any(one.check for one in self._waiting):
            # A check may still raise, so the commit has to wait for its rows.
            await self.send()
        batch, self._waiting = self._waiting, []
        await self._run(batch, commit=True)

    def _found_ahead(self, statements: Sequence[Statement]) -> list[Rows] | None:
        """Return the rows of statements that were sent ahead; None unless all of them were."""
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
