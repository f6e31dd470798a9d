"""Deadlines stored in the database, so that they outlive processes and any instance may handle them."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.errors import BusyError
from foodchassis.kernel.events import caused_by
from foodchassis.kernel.settings import ServiceSettings
from foodchassis.kernel.types import new_id
from foodchassis.messaging.handlers import DeadlineHandler, opened
from foodchassis.storage import chassis
from foodchassis.storage.database import Database, run, transaction_of
from foodchassis.storage.pipeline import Rows
from foodchassis.storage.tables import deadlines
from foodchassis.storage.transaction import Statement, Transaction
from foodchassis.telemetry import metrics, tracing

log = structlog.get_logger()
RETRY = timedelta(seconds=5)
# A deadline's handler holds the deadline's row: waiting for a row whose holder needs the deadline's would deadlock.
BUSY = timedelta(seconds=1)


async def set_deadline(session: AsyncSession, name: str, subject: UUID, after: timedelta) -> None:
    """Set the deadline `name` of `subject` to `after` from now on the database's clock; replaces an earlier one."""
    due = func.now() + after
    facts = {"due_at": due, "attempts": 0, "traceparent": tracing.traceparent()}
    statement = insert(deadlines).values(name=name, subject=subject, **facts)
    await run(session, statement.on_conflict_do_update(index_elements=["name", "subject"], set_=facts))


async def clear_deadline(session: AsyncSession, name: str, subject: UUID) -> None:
    """Delete a deadline, if it is set."""
    await run(session, delete(deadlines).where(deadlines.c.name == name, deadlines.c.subject == subject))


class TakenError(Exception):
    """Another instance is handling the deadline."""


class Sweeper:
    """Runs the handlers of deadlines that are due, each in a transaction of its own."""

    def __init__(self, settings: ServiceSettings, database: Database, handlers: Mapping[str, DeadlineHandler]) -> None:
        self._settings = settings
        self._database = database
        self._handlers = handlers
        metrics.at_zero(metrics.deadlines_run, handlers, ("handled", "failed"))

    async def run(self) -> None:
        """Handle due deadlines at an interval, until cancelled."""
        while True:
            try:
                while await self.sweep_one():
                    pass
            except Exception as error:  # noqa: BLE001 - the sweeper continues after every database error
                log.warning("deadlines.stalled", error=repr(error)[:200])
            await asyncio.sleep(self._settings.sweep_interval)

    async def sweep_one(self) -> bool:
        """Handle one due deadline; return False when none is due."""
        async with self._database.begin() as transaction:
            (due,) = await transaction.send(Statement(chassis.NEXT_DEADLINE, {"names": [*self._handlers]}))
        for name, subject, attempts, traceparent in due:
            caused_by(str(new_id()), f"deadline {name}")
            with tracing.span(f"deadline {name}", traceparent, SpanKind.INTERNAL):
                await self._run(name, subject, attempts)
        return bool(due)

    async def _run(self, name: str, subject: UUID, attempts: int) -> None:
        take = Statement(chassis.TAKE_DEADLINE, {"name": name, "subject": subject}, _taken)
        handler = self._handlers[name]
        try:
            async with opened(handler, self._database) as work:
                # Deleted first: the handler may set the same deadline again.
                await (work if isinstance(work, Transaction) else await transaction_of(work)).put(take)
                await handler(subject, work)  # type: ignore[arg-type]
            metrics.deadlines_run.labels(name, "handled").inc()
        except TakenError:
            return
        except BusyError:
            await self._postpone(name, subject, BUSY, failed=0)
        except Exception:
            log.exception("deadline.failed", name=name, subject=str(subject))
            metrics.deadlines_run.labels(name, "failed").inc()
            await self._postpone(name, subject, RETRY * 2 ** min(attempts, 6), failed=1)

    async def _postpone(self, name: str, subject: UUID, wait: timedelta, *, failed: int) -> None:
        later = {"name": name, "subject": subject, "seconds": wait.total_seconds(), "failed": failed}
        async with self._database.begin() as transaction:
            await transaction.put(Statement(chassis.POSTPONE_DEADLINE, later))


def _taken(rows: Rows) -> None:
    if not rows:
        raise TakenError
