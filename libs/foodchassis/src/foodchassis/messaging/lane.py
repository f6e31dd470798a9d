"""Group commit: events that wait at the same time are handled in one transaction, one after the other.

Under load a transaction costs as much as its statements. An event that arrives alone is not delayed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from itertools import chain

from psycopg.errors import LockNotAvailable

from foodchassis.kernel.errors import BusyError
from foodchassis.storage.database import Database
from foodchassis.storage.transaction import Statement, Transaction

MOST = 50
# Work that takes longer continues alone, so that later events do not wait for it.
SECONDS = 5.0
# Two lanes may need each other's rows: after this time-out each of their events runs alone with the usual time-out.
IMPATIENT = "SET LOCAL lock_timeout = '50ms'"
Work = Callable[[Transaction], Awaitable[None]]


@dataclass(frozen=True)
class Piece:
    """The work for one event, in the context of its trace and logs; `committed` is False when it was rolled back.

    `first` are its first statements, if they are known, which lock and read the one row that it changes.
    """

    work: Work
    first: Sequence[Statement]
    committed: "asyncio.Future[bool]"
    context: Context = field(default_factory=copy_context)


class Lane:
    """Commits the work of many events together; waits only briefly for a row that another transaction has locked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Piece] = deque()
        self._running: asyncio.Task[None] | None = None

    async def do(self, work: Work, first: Sequence[Statement] = ()) -> None:
        """Do `work` in a transaction with other work, or alone when the shared one fails, and commit.

        `first` are its first statements, if it changes only the row that they lock and read.
        """
        if not await self._together(work, first):
            await self.alone(work)

    async def alone(self, work: Work) -> None:
        """Do `work` in a transaction of its own and commit."""
        async with self._database.begin() as transaction:
            await work(transaction)

    async def _together(self, work: Work, first: Sequence[Statement]) -> bool:
        """Do `work` with other work; return False when it was rolled back. Raises its error when it ran alone."""
        piece = Piece(work, first, asyncio.get_running_loop().create_future())
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
            async with asyncio.timeout(SECONDS), self._database.begin() as transaction:
                await transaction.put(Statement(IMPATIENT))
                unknown, known, later = _split(batch)
                # Their changes are sent before the rows of the others are read.
                await _do(unknown, transaction)
                if len(known) > 1:
                    await transaction.send_ahead(*chain.from_iterable(piece.first for piece in known.values()))
                await _do([*known.values(), *later], transaction)
        except BaseException as error:
            # One of them failed and rolled back all. Run alone, each shows whether it was the one.
            alone = len(batch) == 1 and not isinstance(error, (BusyError, LockNotAvailable, TimeoutError))
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


def _split(batch: Sequence[Piece]) -> tuple[list[Piece], dict[str, Piece], list[Piece]]:
    """Return the pieces whose rows are unknown, the first piece for each known row, and the later ones for it."""
    unknown, first, later = list[Piece](), dict[str, Piece](), list[Piece]()
    for piece in batch:
        row = repr(piece.first[0].parameters) if piece.first else ""
        if not row:
            unknown.append(piece)
        elif first.setdefault(row, piece) is not piece:
            later.append(piece)
    return unknown, first, later


async def _do(pieces: Iterable[Piece], transaction: Transaction) -> None:
    for piece in pieces:
        await asyncio.create_task(_done(piece.work(transaction)), context=piece.context)


async def _done(work: Awaitable[None]) -> None:
    await work
