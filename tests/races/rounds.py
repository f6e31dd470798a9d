"""Runs a race repeatedly, in several lanes at once, and counts the outcomes."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from e2e.scene import Scene

from foodctl.api import Json, RefusedError

# The refusals that the loser of a race may get: conflict, or nothing left.
LOST = frozenset({409, 422})
_LANES = 4

Move = Callable[[], Awaitable[Json]]
Round = Callable[[Scene], Awaitable[str]]


@dataclass(frozen=True)
class Races:
    """The number of rounds, and the users of each lane."""

    scene: Callable[..., Scene]
    rounds: int

    async def run(self, one_round: Round, **options: Any) -> Counter[str]:
        """Run all rounds, and return their number per outcome."""
        lanes = [self.scene(**options) for _ in range(min(_LANES, self.rounds))]
        await asyncio.gather(*(lane.set() for lane in lanes))
        left = iter(range(self.rounds))

        async def run_lane(lane: Scene) -> list[str]:
            return [await one_round(lane) for _ in left]

        return Counter(chain.from_iterable(await asyncio.gather(*(run_lane(lane) for lane in lanes))))


async def together(*moves: Move) -> list[Json | None]:
    """Make all moves at the same time, and return the result of each; None for a refused one."""
    barrier = asyncio.Barrier(len(moves))

    async def make(move: Move) -> Json | None:
        await barrier.wait()
        try:
            return await move()
        except RefusedError as error:
            if error.status not in LOST:
                raise
            return None

    return await asyncio.gather(*(make(move) for move in moves))


def about(milliseconds: int, move: Move) -> Move:
    """Make a move after a random delay, so that the order differs between rounds."""

    async def later() -> Json:
        await asyncio.sleep(random.uniform(0, milliseconds / 1000))
        return await move()

    return later
