"""A bounded queue for expensive work that is fair between kinds of work and between clients."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from user_service.errors import BusyError

Waiting = OrderedDict[str, deque["asyncio.Future[None]"]]


class Turns:
    """Runs a few pieces of work at a time; the next is taken from each kind in turn, and of a kind from each client.

    A kind has a queue of its own, so that one kind of work never refuses another.
    """

    def __init__(self, at_a_time: int, *, queue: int, queue_per_client: int, retry_after: int) -> None:
        self._free = at_a_time
        self._queue = queue
        self._queue_per_client = queue_per_client
        self._retry_after = retry_after
        self._waiting: OrderedDict[str, Waiting] = OrderedDict()

    @asynccontextmanager
    async def turn(self, kind: str, client: str) -> AsyncIterator[None]:
        """Wait for a turn and keep it for the duration of the block. Raises BusyError when the queue is full."""
        await self._enter(kind, client)
        try:
            yield
        finally:
            self._free += 1
            self._wake_next()

    def waiting(self, kind: str) -> int:
        """Return the number of tasks that wait for a turn of this kind."""
        return sum(map(len, self._waiting.get(kind, {}).values()))

    async def _enter(self, kind: str, client: str) -> None:
        if self._free > 0:
            self._free -= 1
            return
        clients = self._waiting.setdefault(kind, OrderedDict())
        ahead = clients.setdefault(client, deque())
        if self.waiting(kind) >= self._queue or len(ahead) >= self._queue_per_client:
            raise BusyError(self._retry_after)
        turn = asyncio.get_running_loop().create_future()
        ahead.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The turn was granted at the moment of cancellation: pass it on.
                self._free += 1
                self._wake_next()
            else:
                ahead.remove(turn)
            raise

    def _wake_next(self) -> None:
        while self._free > 0 and (turn := self._take()) is not None:
            if not turn.cancelled():
                self._free -= 1
                turn.set_result(None)

    def _take(self) -> "asyncio.Future[None] | None":
        """Return the turn that is next, and move its kind and client behind the others."""
        while self._waiting:
            kind, clients = self._waiting.popitem(last=False)
            while clients:
                client, turns = clients.popitem(last=False)
                if turns:
                    turn = turns.popleft()
                    if turns:
                        clients[client] = turns
                    if clients:
                        self._waiting[kind] = clients
                    return turn
        return None
