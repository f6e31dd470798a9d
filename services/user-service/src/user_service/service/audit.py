"""The audit: what admins did in any service, stored once and never changed."""

from typing import Any

from sqlalchemy import literal, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import PageQuery
from foodevents import AdminActed
from user_service.models import AuditEntry
from user_service.schemas.audit import AuditFilter


async def record(session: AsyncSession, event: AdminActed) -> None:
    """Store an action; one that was published twice is stored once."""
    row = {**event.model_dump(exclude={"action_id"}), "id": event.action_id}
    await session.exec(insert(AuditEntry).values(row).on_conflict_do_nothing())


async def list_entries(session: AsyncSession, page: PageQuery, wanted: AuditFilter) -> dict[str, Any]:
    """Return a page of what admins did, newest first."""
    query = select(AuditEntry)
    for column, value in ((AuditEntry.admin_id, wanted.admin_id), (AuditEntry.object_id, wanted.object_id)):
        if value is not None:
            query = query.where(col(column) == value)
    if wanted.action is not None:
        query = query.where(col(AuditEntry.action) == wanted.action)
    if wanted.since is not None:
        query = query.where(col(AuditEntry.at) >= wanted.since)
    # Not by id alone: the id of a refund is derived from its request and is not ordered by time.
    order = (col(AuditEntry.at), col(AuditEntry.id))
    if page.before is not None:
        query = query.where(tuple_(*order) < tuple_(literal(page.moment), literal(page.before)))
    rows = (await session.exec(query.order_by(*(one.desc() for one in order)).limit(page.limit + 1))).all()
    items = rows[: page.limit]
    more = page.cursor(items[-1].id, items[-1].at.timestamp()) if len(rows) > page.limit else None
    return {"items": items, "next_cursor": more}
