"""Deletes old records of handled events and stored responses, in small batches."""

import asyncio
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import structlog

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.storage import chassis
from foodchassis.storage.database import Database
from foodchassis.storage.transaction import Statement, Transaction
from foodchassis.telemetry import metrics

log = structlog.get_logger()
# Requests run between two batches.
PAUSE = 0.05
# The maximum time between the moments at which the services of one system began to count.
UNCLEAR = timedelta(days=1)
NEVER = UUID(int=0)


class Unclear(NamedTuple):
    """The range of ids of events published around the time when counting began; empty if it began with the first."""

    begin: UUID = NEVER
    end: UUID = NEVER


class Retention:
    """Deletes old rows of the chassis' tables; runs in every instance concurrently."""

    def __init__(self, settings: ServiceSettings, database: Database) -> None:
        self._settings = settings
        self._database = database
        metrics.at_zero(metrics.rows_pruned, ("inbox", "idempotency_keys"))

    async def run(self) -> None:
        """Delete old rows at an interval, until cancelled."""
        while True:
            try:
                await self.prune()
            except Exception as error:  # noqa: BLE001 - retention continues after every database error
                log.warning("retention.stalled", error=repr(error)[:200])
            await asyncio.sleep(self._settings.retention_interval)

    async def prune(self) -> None:
        """Delete all old rows, one batch at a time."""
        days = {"inbox": self._settings.inbox_days, "idempotency_keys": self._settings.answers_days}
        for table, age in days.items():
            gone = batch = await self.prune_batch(table, age)
            while batch == self._settings.retention_batch:
                await asyncio.sleep(PAUSE)
                batch = await self.prune_batch(table, age)
                gone += batch
            if gone:
                log.info("retention.pruned", table=table, rows=gone, days=age)

    async def prune_batch(self, table: str, days: float) -> int:
        """Delete the oldest rows of a table that are older than `days`, and return their number."""
        limits = {"days": days, "limit": self._settings.retention_batch}
        async with self._database.begin() as transaction:
            if table == "inbox":
                unclear = await _unclear(transaction)
                bounds = {"unclear_from": unclear.begin, "unclear_to": unclear.end}
                statement = Statement(chassis.PRUNE_INBOX, limits | bounds)
            else:
                statement = Statement(chassis.PRUNE_ANSWERS, limits)
            [[(gone,)]] = await transaction.send(statement)
        metrics.rows_pruned.labels(table).inc(gone)
        return int(gone)


async def _unclear(transaction: Transaction) -> Unclear:
    [rows] = await transaction.send(Statement(chassis.COUNTING_BEGAN))
    if not rows:
        return Unclear()
    # A UUIDv7 begins with 48 bits of milliseconds.
    [(since,)] = rows
    began, span = since.int >> 80, UNCLEAR // timedelta(milliseconds=1)
    return Unclear(UUID(int=max(began - span, 0) << 80), UUID(int=(began + span) << 80))
