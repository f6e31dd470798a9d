"""Timers kept in the database, so that they outlive any process and any instance may run them."""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.events import caused_by
from foodchassis.kernel.settings import ServiceSettings
from foodchassis.kernel.types import new_id
from foodchassis.messaging.handlers import DeadlineHandler
from foodchassis.storage.database import Database, run
from foodchassis.storage.tables import deadlines
from foodchassis.telemetry import metrics, tracing

log = structlog.get_logger()
RETRY = timedelta(seconds=5)


async def set_deadline(session: AsyncSession, name: str, subject: UUID, after: timedelta) -> None:
    """Have `name` handled for `subject` once `after` has passed on the database's clock; replaces an earlier one."""
    due = func.now() + after
    facts = {"due_at": due, "attempts": 0, "traceparent": tracing.traceparent()}
    statement = insert(deadlines).values(name=name, subject=subject, **facts)
    await run(session, statement.on_conflict_do_update(index_elements=["name", "subject"], set_=facts))


async def clear_deadline(session: AsyncSession, name: str, subject: UUID) -> None:
    """Forget a deadline, if it is set."""
    await run(session, delete(deadlines).where(deadlines.c.name == name, deadlines.c.subject == subject))


class Sweeper:
    """Runs the handlers of passed deadlines, each in a transaction of its own."""

    def __init__(self, settings: ServiceSettings, database: Database, handlers: dict[str, DeadlineHandler]) -> None:
        self._settings = settings
        self._database = database
        self._handlers = handlers
        metrics.at_zero(metrics.deadlines_run, handlers, ("handled", "failed"))

    async def run(self) -> None:
        """Sweep once in an interval, for ever."""
        while True:
            try:
                while await self.sweep_one():
                    pass
            except Exception as error:  # noqa: BLE001 - the sweeper outlives every fault of the database
                log.warning("deadlines.stalled", error=repr(error)[:200])
            await asyncio.sleep(self._settings.sweep_interval)

    async def sweep_one(self) -> bool:
        """Run one passed deadline; False when none is due."""
        async with self._database.transaction() as session:
            due = (
                await run(
                    session,
                    select(deadlines)
                    .where(deadlines.c.due_at <= func.now(), deadlines.c.name.in_(list(self._handlers)))
                    .order_by(deadlines.c.due_at)
                    .limit(1)
                    .with_for_update(skip_locked=True),
                )
            ).first()
            if due is None:
                return False
            await self._run(session, due)
        return True

    async def _run(self, session: AsyncSession, due: Row[tuple[str, UUID]]) -> None:
        caused_by(str(new_id()), f"deadline {due.name}")
        this = (deadlines.c.name == due.name, deadlines.c.subject == due.subject)
        try:
            async with session.begin_nested():
                # Deleted first: the handler may set the same deadline anew.
                await run(session, delete(deadlines).where(*this))
                with tracing.span(f"deadline {due.name}", due.traceparent, SpanKind.INTERNAL):
                    await self._handlers[due.name](due.subject, session)
            metrics.deadlines_run.labels(due.name, "handled").inc()
        except Exception:
            log.exception("deadline.failed", name=due.name, subject=str(due.subject))
            metrics.deadlines_run.labels(due.name, "failed").inc()
            later = func.now() + RETRY * 2 ** min(due.attempts, 6)
            await run(session, update(deadlines).where(*this).values(due_at=later, attempts=due.attempts + 1))
