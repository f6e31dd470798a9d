"""The audit: what admins did and read in all services, stored once and never changed."""

from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import literal, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import PageQuery, now, settings_of
from foodevents import AdminActed, AdminRead
from user_service.models import AuditEntry, AuditRead
from user_service.schemas.audit import AuditFilter
from user_service.settings import UserSettings

AT_ONCE = 1_000
Entry = TypeVar("Entry", AuditEntry, AuditRead)


async def record_act(session: AsyncSession, event: AdminActed) -> None:
    """Store an action; a repeated event is stored once."""
    row = {**event.model_dump(exclude={"action_id"}), "id": event.action_id}
    await session.exec(insert(AuditEntry).values(row).on_conflict_do_nothing())


async def record_read(session: AsyncSession, event: AdminRead) -> None:
    """Store a read; events of several instances for the same hour are stored once."""
    row = {**event.model_dump(exclude={"read_id"}), "id": event.read_id}
    await session.exec(insert(AuditRead).values(row).on_conflict_do_nothing())


async def list_acts(session: AsyncSession, page: PageQuery, wanted: AuditFilter) -> dict[str, Any]:
    """Return a page of what admins did, newest first."""
    return await _page_of(session, AuditEntry, page, wanted)


async def list_reads(session: AsyncSession, page: PageQuery, wanted: AuditFilter) -> dict[str, Any]:
    """Return a page of the reads of admins, newest first."""
    return await _page_of(session, AuditRead, page, wanted)


async def drop_old_reads(session: AsyncSession) -> None:
    """Delete a batch of expired reads, oldest first."""
    days = settings_of(session, UserSettings).audit_read_days
    old = select(AuditRead.id).where(col(AuditRead.at) < now() - timedelta(days=days))
    batch = old.order_by(col(AuditRead.at), col(AuditRead.id)).limit(AT_ONCE).with_for_update(skip_locked=True)
    await session.exec(delete(AuditRead).where(col(AuditRead.id).in_(batch)))


async def _page_of(session: AsyncSession, table: type[Entry], page: PageQuery, wanted: AuditFilter) -> dict[str, Any]:
    query = select(table)
    for column, value in wanted.values.items():
        query = query.where(col(getattr(table, column)) == value)
    if wanted.since is not None:
        query = query.where(col(table.at) >= wanted.since)
    # Not by id alone: the ids of refunds and reads are derived, and not ordered by time.
    order = (col(table.at), col(table.id))
    if page.before is not None:
        query = query.where(tuple_(*order) < tuple_(literal(page.moment), literal(page.before)))
    rows = (await session.exec(query.order_by(*(one.desc() for one in order)).limit(page.limit + 1))).all()
    items = rows[: page.limit]
    more = page.cursor(items[-1].id, items[-1].at.timestamp()) if len(rows) > page.limit else None
    return {"items": items, "next_cursor": more}
