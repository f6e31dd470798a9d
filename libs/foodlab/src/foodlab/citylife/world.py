"""What all people of a running city share: its time, its map, its orders, and the work that is under way."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from foodctl.errors import FoodctlError
from foodlab.citylife.clock import Clock
from foodlab.citylife.opening import Population
from foodlab.citylife.plan import Plan
from foodlab.citylife.stories import Stories

_EXAMPLES = 20
_PAUSE = 2.0


class World:
    """One city that runs."""

    def __init__(self, plan: Plan, population: Population, clock: Clock) -> None:
        """Begin with everyone in their places."""
        self.plan = plan
        self.population = population
        self.clock = clock
        self.stories = Stories()
        self.surprises = deque[str](maxlen=_EXAMPLES)
        self.on_the_road = set[int]()
        self._tasks = set[asyncio.Task[None]]()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside all else, and note how it fails."""
        task = asyncio.create_task(self.noted(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def live(self, work: Callable[[], Awaitable[None]]) -> None:
        """Have someone work for as long as the city lives, and go on after a surprise."""
        while True:
            await self.noted(work())
            await asyncio.sleep(_PAUSE)

    async def noted(self, work: Awaitable[None]) -> None:
        """Wait for work, and note how it fails: an answer that must not be, or a mistake of the city itself."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever ends an actor unseen would let the run pass
            self.surprises.append((str(error) if isinstance(error, FoodctlError) else repr(error))[:300])

    @property
    def tasks(self) -> set["asyncio.Task[None]"]:
        """Return what is under way beside the actors."""
        return set(self._tasks)
