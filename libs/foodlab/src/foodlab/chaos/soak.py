"""A soak test: a steady load without faults, with samples of memory and table sizes."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import linear_regression

import psutil
import psycopg
from typing_extensions import override

from foodlab.chaos.campaign import Campaign
from foodlab.chaos.load import Load
from foodlab.chaos.report import Outcome
from foodlab.chaos.sessions import session
from foodlab.chaos.stage import Stage

NAME = "soak"
# The allowed growth of a service in MB per ten minutes, after the warm-up.
SLOPE = 1.0
# The allowed growth of a table from the second to the last third of the run.
GROWTH = 1.25
FEW = 200
# A regression line needs two samples after the first third.
ENOUGH = 3
TABLES = ("inbox", "outbox", "idempotency_keys", "deadlines", "effects")
_COUNT = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in TABLES)  # noqa: S608 - our own names
_EVERY = 5.0
_TEN_MINUTES = 600.0
_DAY = 86_400.0
# Rows are kept only for a short part of the run, so that retention deletes them repeatedly.
_STORED = 1 / 8
Samples = dict[str, list[tuple[float, float]]]


@dataclass
class Soak(Campaign):
    """One instance of each service; rows are stored for minutes instead of days."""

    instances: int = 1
    memory: Samples = field(default_factory=dict)
    rows: Samples = field(default_factory=dict)

    @property
    @override
    def settings(self) -> dict[str, str]:
        stored = str(self.orders / self.rate * _STORED / _DAY)
        return {"INBOX_DAYS": stored, "ANSWERS_DAYS": stored, "RETENTION_INTERVAL": "5"}

    @override
    async def run(self, command: str) -> Outcome:
        outcome = await super().run(command)
        outcome.measured = measured(self.memory, self.rows)
        outcome.wrong = wrong(self.memory, self.rows)
        return outcome

    @override
    async def fire(self, stage: Stage, load: Load) -> None:
        """Place the orders while samples are taken; an error of the sampler ends the run."""
        self.memory |= {one.name: [] for one in stage.instances}
        self.rows |= {f"{package}.{table}": [] for package in stage.system.database_urls for table in TABLES}
        async with asyncio.TaskGroup() as tasks:
            sampling = tasks.create_task(self._sample(stage))
            await super().fire(stage, load)
            sampling.cancel()

    async def _sample(self, stage: Stage) -> None:
        while True:
            for one in stage.instances:
                # A process that ends during the sample is not measured.
                with suppress(psutil.Error):
                    for pid in stage.pids(one.name)[:1]:
                        found = await asyncio.to_thread(psutil.Process(pid).memory_full_info)
                        self.memory[one.name].append((self.clock(), found.pss / 1e6))
            for package, url in stage.system.database_urls.items():
                for table, number in await _counted(url):
                    self.rows[f"{package}.{table}"].append((self.clock(), number))
            await asyncio.sleep(_EVERY)


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """Return the growth per ten minutes, by linear regression without the first third."""
    later = samples[len(samples) // 3 :]
    return float(linear_regression(*zip(*later, strict=True)).slope) * _TEN_MINUTES


def growth(samples: Sequence[tuple[float, float]]) -> float:
    """Return the ratio of the maxima of the last and the second third."""
    third = len(samples) // 3
    before, after = (max(rows for _, rows in part) for part in (samples[third : 2 * third], samples[2 * third :]))
    return after / max(before, FEW)


def measured(memory: Samples, rows: Samples) -> dict[str, str]:
    """Return the figures by name."""
    found = {
        f"memory of {name}": f"{one[-1][1]:.1f} MB, {slope(one):+.2f} MB in 10 min"
        for name, one in _enough(memory).items()
    }
    return found | {f"rows of {name}": f"{max(n for _, n in one):.0f} at most" for name, one in _enough(rows).items()}


def wrong(memory: Samples, rows: Samples) -> list[str]:
    """Return the figures that grow without bound, and those with too few samples."""
    slopes = {name: slope(one) for name, one in _enough(memory).items()}
    growths = {name: growth(one) for name, one in _enough(rows).items()}
    return [
        *(f"{name} grows by {one:.2f} MB in 10 min" for name, one in slopes.items() if one >= SLOPE),
        *(f"{name} grows {one:.2f} times" for name, one in growths.items() if one > GROWTH),
        *(f"{name} was not measured" for name in (*memory, *rows) if name not in slopes | growths),
    ]


def _enough(samples: Samples) -> Samples:
    return {name: one for name, one in samples.items() if len(one) >= ENOUGH}


async def _counted(url: str) -> list[tuple[str, int]]:
    try:
        async with session(url) as connection:
            return await (await connection.execute(_COUNT)).fetchall()
    except psycopg.Error:
        return []
