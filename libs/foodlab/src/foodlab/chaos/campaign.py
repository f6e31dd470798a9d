"""One run: start, load with concurrent faults, heal, wait until idle, verify, count."""

import asyncio
import logging
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console

from foodchassis.kernel import background
from foodctl.api import gateway
from foodctl.errors import FoodctlError
from foodctl.verify import verify
from foodctl.verify.events import flight
from foodlab.chaos import counters, messages, timeline
from foodlab.chaos.faults import FAULTS, ROLLING
from foodlab.chaos.load import Load
from foodlab.chaos.plan import Planned
from foodlab.chaos.proxy import MODES
from foodlab.chaos.report import Outcome
from foodlab.chaos.stage import Stage
from foodlab.chaos.timeline import Band

_LONGEST_QUIET = 300.0
_LOOK = 2.0


@dataclass
class Campaign:
    """A load and a plan of faults, on a separate system below a folder."""

    planned: Sequence[Planned]
    orders: int
    rate: float
    folder: Path
    console: Console
    instances: int = 2
    reads: int = 0
    bands: list[Band] = field(default_factory=list)
    ages: list[tuple[float, float]] = field(default_factory=list)
    _began: float = 0.0

    @property
    def settings(self) -> dict[str, str]:
        """Return the additional settings of all services in this run."""
        return {}

    async def run(self, command: str) -> Outcome:
        """Run everything and return the outcome; the system is removed afterwards, also after a signal."""
        # A broker that is down is expected, so its connection errors are not logged.
        logging.getLogger("aiormq").setLevel(logging.CRITICAL)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _current().cancel)
        links = {one.target for one in self.planned if one.kind in MODES}
        clocks = {one.target for one in self.planned if one.kind == "clock"}
        full = any(one.kind == "full-disk" for one in self.planned)
        stage = Stage(
            self.folder, links=links, clocks=clocks, small_disk=full, instances=self.instances, settings=self.settings
        )
        try:
            self.say(f"starting everything below {self.folder}, {self.instances} of each service")
            await stage.start()
            return await self._under_fire(stage, command)
        finally:
            await stage.close()

    async def _under_fire(self, stage: Stage, command: str) -> Outcome:
        load = Load(stage.system.gateway_url, self.clock, self.reads)
        await messages.tap(stage)
        async with gateway(stage.system.gateway_url) as anonymous:
            await load.prepare(anonymous)
            self._began = time.monotonic()
            sampling = timeline.sample(stage.system.database_urls, self.clock, self.ages)
            async with background(stage.reap(), load.keep_drivers(), sampling):
                await self.fire(stage, load)
                healed = time.monotonic()
                self.say("healed; waiting until the system is idle")
                settled = await self._quiet(stage, healed)
                seconds = self.clock()
        poison, parked = await messages.parked(stage)
        verification = await asyncio.to_thread(verify, stage.places)
        stored = await asyncio.to_thread(counters.stored, stage.system.database_urls["order_service"])
        found = counters.count(load.attempts, stored)
        return Outcome(
            command, seconds, settled, found, verification, load.answers, self.ages, self.bands,
            load.surprises, parked, poison,
        )  # fmt: skip

    async def fire(self, stage: Stage, load: Load) -> None:
        """Place orders during the planned faults, and further ones until every instance has restarted."""
        self.say(f"{self.orders} orders at {self.rate:g} a second, {len(self.planned)} faults")
        faults = asyncio.gather(*(self._apply(stage, one) for one in self.planned))
        rolling = any(one.kind not in FAULTS for one in self.planned)
        await asyncio.gather(load.run(self.orders, self.rate, lambda: rolling and not faults.done()), faults)

    async def _apply(self, stage: Stage, one: Planned) -> None:
        """Apply a fault at its time, for as long as it lasts."""
        await asyncio.sleep(max(0.0, one.at - self.clock()))
        began, problem = self.clock(), ""
        try:
            self.say(f"{one.kind} {one.target}, {one.seconds:g} s")
            async with FAULTS.get(one.kind, ROLLING).apply(stage, one.target):
                await asyncio.sleep(one.seconds)
        except Exception as error:  # noqa: BLE001 - a fault may fail because of another one; the report contains it
            problem = f"{type(error).__name__}: {error}"[:200]
        self.bands.append(Band(one.kind, one.target, round(began, 1), round(self.clock(), 1), problem))

    async def _quiet(self, stage: Stage, healed: float) -> float | None:
        """Wait until every order has ended and the system is idle; return the seconds since healing."""
        while (since := time.monotonic() - healed) < _LONGEST_QUIET:
            if await asyncio.to_thread(_is_quiet, stage):
                return since
            await asyncio.sleep(_LOOK)
        return None

    def clock(self) -> float:
        """Return the seconds since the beginning of the load."""
        return time.monotonic() - self._began

    def say(self, what: str) -> None:
        """Print a line with the elapsed time."""
        at = f"{self.clock():6.1f} s  " if self._began else ""
        self.console.print(f"{at}{what}", highlight=False, markup=False, soft_wrap=True)


def _current() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task


def _is_quiet(stage: Stage) -> bool:
    with suppress(FoodctlError, psycopg.Error):
        orders = counters.stored(stage.system.database_urls["order_service"])
        with stage.places.look() as look:
            return all(status in counters.ENDED for _, _, status in orders) and not flight(look).waiting
    return False
