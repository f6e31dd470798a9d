"""The lane: events that wait at the same time are handled in one transaction, one after the other.

Under load a transaction costs as much as what is done in it. An event that comes alone is not kept waiting.
`just bench orders` would notice.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field

from foodchassis.messaging.process import BusyError
from foodchassis.storage.database import Database
from foodchassis.storage.transaction import Transaction

MOST = 50
Work = Callable[[Transaction], Awaitable[None]]


@dataclass(frozen=True)
class Piece:
    """The work for one event, in the context of its trace and its logs; `committed` is False when it was undone."""

    work: Work
    committed: "asyncio.Future[bool]"
    context: Context = field(default_factory=copy_context)


class Lane:
    """Commits the work of many events together; never waits for a row that another transaction holds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Piece] = deque()
        self._running: asyncio.Task[None] | None = None

    async def commit(self, work: Work) -> bool:
        """Do `work` in a transaction with others and commit it; False when it has to be done alone.

        Raises what `work` raises when nothing else was in the transaction.
        """
        piece = Piece(work, asyncio.get_running_loop().create_future())
        self._waiting.append(piece)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await piece.committed

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                await self._commit(batch)
        finally:
            self._running = None

    async def _commit(self, batch: list[Piece]) -> None:
        try:
            async with self._database.begin() as transaction:
                transaction.waits = False
                for piece in batch:
                    await asyncio.create_task(_done(piece.work(transaction)), context=piece.context)
        except BaseException as error:
            # One of them spoilt it for all. Alone, each shows whether it was the one.
            alone = len(batch) == 1 and not isinstance(error, BusyError)
            for piece in batch:
                if piece.committed.done():
                    continue
                if alone:
                    piece.committed.set_exception(error)
                else:
                    piece.committed.set_result(False)
            if not isinstance(error, Exception):
                raise
        else:
            for piece in batch:
                if not piece.committed.done():
                    piece.committed.set_result(True)


async def _done(work: Awaitable[None]) -> None:
    await work
