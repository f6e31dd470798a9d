"""Runs a race again and again, on several tracks at once, and counts how its rounds ended."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from e2e.scene import Scene

from foodctl.api import Json, RefusedError

# What a loser of a race may be told: too late, or no more to be had.
LOST = frozenset({409, 422})
_LANES = 4

Move = Callable[[], Awaitable[Json]]
Round = Callable[[Scene], Awaitable[str]]


@dataclass(frozen=True)
class Races:
    """How often races are run, and by whom: each lane has its own people."""

    scene: Callable[..., Scene]
    rounds: int

    async def run(self, one_round: Round, **wishes: Any) -> Counter[str]:
        """Return each outcome's name and how many rounds ended so."""
        lanes = [self.scene(**wishes) for _ in range(min(_LANES, self.rounds))]
        await asyncio.gather(*(lane.set() for lane in lanes))
        left = iter(range(self.rounds))

        async def run_lane(lane: Scene) -> list[str]:
            return [await one_round(lane) for _ in left]

        return Counter(chain.from_iterable(await asyncio.gather(*(run_lane(lane) for lane in lanes))))


async def together(*moves: Move) -> list[Json | None]:
    """Make all moves at one moment, and give what each brought; None for a lost one."""
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
    """Make a move at any moment of a span, so that rounds differ in who is first."""

    async def later() -> Json:
        await asyncio.sleep(random.uniform(0, milliseconds / 1000))
        return await move()

    return later
