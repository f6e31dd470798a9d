"""Who may be asked: the free drivers near a restaurant, by Redis or, without it, by PostgreSQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, exists, func, literal
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.adapters import positions
from delivery_service.models import ENGAGED, Driver, Offer
from delivery_service.rules import dispatch
from delivery_service.rules.dispatch import Position, Positioned
from delivery_service.service.knobs import knobs
from foodchassis import resources

log = structlog.get_logger()


def may_ask(driver_id: Any, delivery_id: Any) -> ColumnElement[bool]:
    """Say in SQL that a driver has no offer and no delivery in hand, and was not asked for this one before."""
    theirs = col(Offer.driver_id) == driver_id
    engaged, asked = exists().where(theirs, ENGAGED), exists().where(theirs, col(Offer.delivery_id) == delivery_id)
    return and_(~engaged, ~asked)


async def claim(session: AsyncSession, delivery_id: UUID, ids: Sequence[UUID]) -> Driver | None:
    """Lock the first of `ids` who may be asked, passing over drivers whom others are asking now."""
    unnested = func.unnest(literal(list(ids), ARRAY(Uuid)))
    near = unnested.table_valued("id", with_ordinality="place", name="near").render_derived()
    statement = (
        select(Driver)
        .join(near, near.c.id == col(Driver.id))
        .where(col(Driver.online), col(Driver.lat).is_not(None), may_ask(Driver.id, delivery_id))
        .order_by(near.c.place)
        .limit(1)
        .with_for_update(of=Driver, skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    return (await session.exec(statement)).first()


def position(driver: Driver) -> Position | None:
    """Return where a driver was last known to be."""
    return None if driver.lat is None or driver.lng is None else Position(driver.lat, driver.lng)


async def nearest(session: AsyncSession, centre: Positioned, radius: float) -> list[UUID]:
    """List online drivers within `radius` metres of `centre`, nearest first."""
    redis = resources(session).get(Redis)
    try:
        if not await positions.filled(redis):
            await positions.fill(redis, await _online(session), knobs(session).positions_lifetime)
        return await positions.nearest(redis, centre, radius)
    except RedisError as error:
        log.warning("positions.unavailable", error=repr(error)[:200])
        south, north = dispatch.lat_band(centre, radius)
        return dispatch.nearest(await _online(session, col(Driver.lat).between(south, north)), centre, radius)


async def distance_to_nearest(session: AsyncSession, centre: Positioned) -> float:
    """Say how far the nearest online driver is, or how far we look at first when none is in reach."""
    radii = knobs(session).search_radii_m
    ids = await nearest(session, centre, radii[-1])
    driver = await session.get(Driver, ids[0]) if ids else None
    here = position(driver) if driver else None
    return radii[0] if here is None else dispatch.distance_m(here, centre)


async def _online(session: AsyncSession, *where: ColumnElement[bool]) -> dict[UUID, Position]:
    statement = select(Driver).where(col(Driver.online), col(Driver.lat).is_not(None), *where)
    return {one.id: here for one in await session.exec(statement) if (here := position(one)) is not None}
