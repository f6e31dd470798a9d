"""Republishes everything for a new consumer."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import publish
from menu_service.models import MenuItem, Restaurant
from menu_service.service import snapshots


async def republish(session: AsyncSession, *, after: UUID | None, limit: int) -> UUID | None:
    """Publish up to `limit` restaurants after the id `after`, with their dishes, and return the last one's id.

    Versions stay as they are: a consumer with a newer snapshot ignores it.
    """
    query = select(Restaurant).order_by(col(Restaurant.id)).limit(limit)
    restaurants = (await session.exec(query if after is None else query.where(col(Restaurant.id) > after))).all()
    for restaurant in restaurants:
        await publish(session, snapshots.of_restaurant(restaurant), sequence=restaurant.version)
    ids = [restaurant.id for restaurant in restaurants]
    for item in await session.exec(select(MenuItem).where(col(MenuItem.restaurant_id).in_(ids))):
        await publish(session, snapshots.of_item(item), sequence=item.version)
    return ids[-1] if ids else None
