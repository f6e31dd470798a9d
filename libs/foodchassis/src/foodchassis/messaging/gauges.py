"""Gauges read from the database, at an interval instead of at each scrape."""

import asyncio
from collections.abc import Sequence

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.messaging.handlers import Measure
from foodchassis.storage import chassis
from foodchassis.storage.database import Database, transaction_of
from foodchassis.storage.transaction import Statement
from foodchassis.telemetry import metrics

log = structlog.get_logger()
LATE_SECONDS = 10.0
# Large enough to show a serious problem, and quick to count.
MOST = 10_000
OVERDUE = Statement(chassis.COUNT_OVERDUE, {"late": LATE_SECONDS, "most": MOST})


async def overdue_deadlines(session: AsyncSession) -> None:
    """Count the deadlines that are overdue and not handled."""
    ((overdue,),) = (await (await transaction_of(session)).send(OVERDUE))[0]
    metrics.deadlines_overdue.set(overdue)


class Gauges:
    """Sets each gauge periodically, in a transaction of its own."""

    def __init__(self, settings: ServiceSettings, database: Database, measures: Sequence[Measure]) -> None:
        self._interval = settings.measure_interval
        self._database = database
        self._measures = (overdue_deadlines, *measures)

    async def run(self) -> None:
        """Set the gauges at an interval, until cancelled."""
        while True:
            await self.measure()
            await asyncio.sleep(self._interval)

    async def measure(self) -> None:
        """Set every gauge now; a gauge that cannot be read keeps its value."""
        for measure in self._measures:
            try:
                async with self._database.transaction() as session:
                    await measure(session)
            except Exception as error:  # noqa: BLE001 - measuring continues after every database error
                log.warning("gauge.unread", measure=measure.__name__, error=repr(error)[:200])
