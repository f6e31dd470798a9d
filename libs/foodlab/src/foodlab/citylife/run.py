"""One run of a city: it opens, runs, completes open orders, and closes."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial

import httpx2
from rich.console import Console
from rich.live import Live

from foodchassis.kernel import background
from foodctl.api import Api, gateway
from foodctl.errors import FoodctlError
from foodlab.citylife import board
from foodlab.citylife.clock import Clock
from foodlab.citylife.couriers import Courier
from foodlab.citylife.customers import Customers
from foodlab.citylife.kitchens import Cook
from foodlab.citylife.opening import Opening
from foodlab.citylife.plan import Plan
from foodlab.citylife.world import World
from foodlab.seed import few_at_once

# Together with one connection per stream, this is below the gateway's limit for one address.
_CONNECTIONS = 20
_LOOK = 0.5
_LINE = 15.0
_LONGEST_DRAIN = 300.0
_HURRY = 120.0
_CLOSING = 30.0
_TWICE = 0.5


class Stop:
    """Handles Ctrl-C: the first ends the city gracefully, the second immediately."""

    def __init__(self) -> None:
        """Begin without a signal."""
        self.requested = asyncio.Event()
        self._at = 0.0

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Handle signals during a block."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def stop() -> None:
            # A shell and the parent process may send the same signal twice.
            if self._at and time.monotonic() - self._at > _TWICE:
                task.cancel()
            self._at = self._at or time.monotonic()
            self.requested.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def within(self, seconds: float | None) -> None:
        """Wait for a signal for at most `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.requested.wait()


async def run(plan: Plan, url: str, console: Console) -> World:
    """Run a city until its minutes are over or Ctrl-C ends it, and return its world."""
    stop, say = Stop(), partial(console.print, highlight=False, soft_wrap=True)
    async with _connected(url, plan) as (anonymous, streams):
        with stop.on_signals():
            population = await Opening(plan, anonymous, streams).all(say)
            world = World(plan, population, Clock(plan.speed))
            couriers = [Courier(world, person) for person in population.couriers]
            cooks = [Cook(world, kitchen) for kitchen in population.kitchens]
            actors = [*(one.work for one in cooks), *(one.listen for one in couriers), *(one.work for one in couriers)]
            try:
                async with background(*map(world.live, actors), _watch(world, console)):
                    async with background(world.live(Customers(world).come)):
                        await stop.within(plan.minutes and plan.minutes * 60)
                    await _drain(world, stop, say)
            finally:
                await world.noted(_close(couriers, cooks))
    return world


async def _close(couriers: Sequence[Courier], cooks: Sequence[Cook]) -> None:
    async with asyncio.timeout(_CLOSING):
        await few_at_once(*(one.rest for one in couriers), *(one.close for one in cooks))


@asynccontextmanager
async def _connected(url: str, plan: Plan) -> AsyncIterator[tuple[Api, httpx2.AsyncClient]]:
    """Open the connections of all users. Raises FoodctlError when the system is not up."""
    limits = httpx2.Limits(max_connections=plan.restaurants + plan.drivers)
    async with gateway(url, _CONNECTIONS) as anonymous, httpx2.AsyncClient(base_url=url, limits=limits) as streams:
        try:
            await anonymous.call("GET", "/health/ready")
        except FoodctlError as error:
            raise FoodctlError(f"there is no running system: {error} `just up` starts one.") from None
        yield anonymous, streams


async def _drain(world: World, stop: Stop, say: Callable[[str], None]) -> None:
    """Wait until every order has ended: first at the city's speed, then without waits."""
    if not stop.requested.is_set() and world.stories.open:
        say(f"no new orders; {len(world.stories.open)} are still open")
        await _until_ended(world, _LONGEST_DRAIN, stop.requested.is_set)
    if world.stories.open:
        say(f"{len(world.stories.open)} open orders are hurried along")
        world.clock.hurry()
        await _until_ended(world, _HURRY, lambda: False)


async def _until_ended(world: World, seconds: float, stopped: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while (world.stories.open or world.tasks) and time.monotonic() < until and not stopped():  # noqa: ASYNC110 - many conditions without an event
        await asyncio.sleep(_LOOK)


async def _watch(world: World, console: Console) -> None:
    """Show the status line: continuously in a terminal, occasionally elsewhere."""
    if not console.is_terminal:
        while True:
            await asyncio.sleep(_LINE)
            console.print(board.line(world), highlight=False, soft_wrap=True)
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        while True:
            live.update(board.line(world))
            await asyncio.sleep(_LOOK)
