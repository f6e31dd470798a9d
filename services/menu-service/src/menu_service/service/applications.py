"""Applications of restaurants, and the decisions of admins."""

from typing import Any
from uuid import UUID

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import PageQuery, publish
from foodevents import AdminActed, Standing, judge
from menu_service.errors import RestaurantNotFoundError
from menu_service.models import Restaurant
from menu_service.service import snapshots

log = structlog.get_logger()


async def list_applications(session: AsyncSession, page: PageQuery, standing: Standing | None) -> dict[str, Any]:
    """Return a page of all restaurants that are not permanently closed, newest first."""
    query = select(Restaurant).where(col(Restaurant.closed_at).is_(None))
    if standing is not None:
        query = query.where(col(Restaurant.standing) == standing)
    return page.page((await session.exec(page.of(query, col(Restaurant.id)))).all())


async def decide_application(
    session: AsyncSession, admin_id: UUID, restaurant_id: UUID, verdict: str, reason: str | None
) -> Restaurant:
    """Approve, reject or suspend a restaurant; repeating the same verdict changes nothing.

    Raises RestaurantNotFoundError or IllegalTransitionError.
    """
    present = select(Restaurant).where(col(Restaurant.id) == restaurant_id, col(Restaurant.closed_at).is_(None))
    row = (await session.exec(present.with_for_update(key_share=True))).one_or_none()
    if row is None:
        raise RestaurantNotFoundError
    before, row.standing = row.standing, judge(row.standing, verdict)
    if row.standing is not before:
        row.standing_reason = reason
        await session.flush()
        await publish(session, snapshots.of_restaurant(row), sequence=row.version)
        action = f"restaurant.{row.standing}"
        await publish(session, AdminActed(admin_id=admin_id, action=action, object_id=row.id, reason=reason))
        log.info(action, restaurant_id=row.id, revision=row.version)
    return row
