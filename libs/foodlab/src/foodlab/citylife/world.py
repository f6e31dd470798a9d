"""The shared state of a running city: clock, map, orders and tasks."""

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
    """A running city."""

    def __init__(self, plan: Plan, population: Population, clock: Clock) -> None:
        """Begin with this population."""
        self.plan = plan
        self.population = population
        self.clock = clock
        self.stories = Stories()
        self.surprises = deque[str](maxlen=_EXAMPLES)
        self.on_the_road = set[int]()
        self._tasks = set[asyncio.Task[None]]()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work in the background, and record its error."""
        task = asyncio.create_task(self.noted(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def live(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run an actor until cancelled, and restart it after an error."""
        while True:
            await self.noted(work())
            await asyncio.sleep(_PAUSE)

    async def noted(self, work: Awaitable[None]) -> None:
        """Await work, and record its error: an unexpected response, or a bug of the city."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - every error of an actor must fail the run
            self.surprises.append((str(error) if isinstance(error, FoodctlError) else repr(error))[:300])

    @property
    def tasks(self) -> set["asyncio.Task[None]"]:
        """Return the background tasks other than the actors."""
        return set(self._tasks)
