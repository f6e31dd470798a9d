"""The overview for dispatch: drivers, and the searches for deliveries."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from redis.asyncio import Redis
from sqlalchemy import exists
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.adapters import positions
from delivery_service.errors import DeliveryNotFoundError
from delivery_service.models import ENGAGING, Delivery, Driver, Erasure, Offer, OfferStatus
from delivery_service.rules.dispatch import Position, Positioned, distance_m, radius_m
from delivery_service.schemas import Considered, DriverSeen, DriverState, Reason, SearchPublic
from delivery_service.service import sandbox
from delivery_service.service.storage import policy_of
from foodchassis import PageQuery, now, resources
from foodevents import Place, Standing

# More do not fit on the page.
MOST_DRIVERS = 200


class Reach(NamedTuple):
    """The current radius of a search, and the required time of the last report."""

    centre: Positioned
    radius_m: int
    heard_since: datetime


async def list_drivers(
    session: AsyncSession, page: PageQuery, *, online: bool | None, standing: Standing | None
) -> dict[str, Any]:
    """Return a page of drivers with their current positions."""
    query = select(Driver).where(~exists().where(col(Erasure.user_id) == Driver.id))
    query = query.where(~sandbox.IS_COURIER)
    if online is not None:
        query = query.where(col(Driver.online).is_(online))
    if standing is not None:
        query = query.where(col(Driver.standing) == standing)
    drivers = list((await session.exec(page.of(query, col(Driver.id)))).all())
    ids = [driver.id for driver in drivers]
    here, engaged = await _positions(session, ids), await _engaged(session, ids)
    return page.page([_seen(driver, here.get(driver.id), engaged.get(driver.id)) for driver in drivers])


async def show_search(session: AsyncSession, delivery_id: UUID) -> SearchPublic:
    """Return the drivers with offers of a delivery, and the others. Raises DeliveryNotFoundError."""
    delivery = await session.get(Delivery, delivery_id)
    if delivery is None or delivery.pickup is None:
        raise DeliveryNotFoundError
    moment, policy = now(), policy_of(resources(session))
    radius = radius_m(policy.search_radii_m, moment - delivery.searching_since, policy.search_interval)
    with_driver = select(Offer, Driver).join(Driver, col(Driver.id) == Offer.driver_id)
    offers = (await session.exec(with_driver.where(Offer.delivery_id == delivery_id).order_by(col(Offer.id)))).all()
    reach = Reach(Place.model_validate(delivery.pickup), radius, moment - policy.silence)
    others = await _others(session, [driver.id for _, driver in offers], reach)
    ids = [driver.id for driver in others]
    here, engaged = await _positions(session, ids), await _engaged(session, ids)
    rest = [_considered(one, here.get(one.id), reach, busy=one.id in engaged) for one in others]
    rest.sort(key=lambda one: (one.distance_m is None, one.distance_m or 0))
    return SearchPublic(
        delivery_id=delivery.id,
        status=delivery.status,
        searching_since=delivery.searching_since,
        radius_m=radius,
        drivers=[*(_asked(*row) for row in offers), *rest],
    )


async def _others(session: AsyncSession, driver_ids: list[UUID], reach: Reach) -> list[Driver]:
    """Return online drivers without an offer, those within reach first."""
    query = select(Driver).where(col(Driver.online).is_(True), col(Driver.id).not_in(driver_ids))
    nearest = [driver_id for driver_id in await _nearest(session, reach) if driver_id not in driver_ids][:MOST_DRIVERS]
    query = query.order_by(col(Driver.id).in_(nearest).desc(), col(Driver.id).desc())
    return list((await session.exec(query.limit(MOST_DRIVERS))).all())


async def _nearest(session: AsyncSession, reach: Reach) -> list[UUID]:
    redis = resources(session).find(Redis)
    if redis is not None:
        with positions.forgiving():
            return await positions.nearest(redis, reach.centre, reach.radius_m)
    return []


async def _positions(session: AsyncSession, ids: list[UUID]) -> dict[UUID, Position]:
    redis = resources(session).find(Redis)
    if redis is not None:
        with positions.forgiving():
            return await positions.where(redis, ids)
    return {}


async def _engaged(session: AsyncSession, ids: list[UUID]) -> dict[UUID, Offer]:
    """Return the offer that engages each driver, if any."""
    query = select(Offer).where(col(Offer.driver_id).in_(ids), col(Offer.status).in_(ENGAGING))
    return {offer.driver_id: offer for offer in (await session.exec(query)).all()}


def _seen(driver: Driver, here: Position | None, offer: Offer | None) -> DriverSeen:
    state: DriverState = "free" if driver.online and driver.standing is Standing.APPROVED else "offline"
    if offer is not None:
        state = "offered" if offer.status is OfferStatus.OPEN else "riding"
    place = {"lat": here.lat, "lng": here.lng} if here else {"lat": driver.lat, "lng": driver.lng}
    facts = driver.model_dump(include={"id", "name", "vehicle", "located_at", "standing", "standing_reason"})
    return DriverSeen(**facts, **place, state=state, delivery_id=offer.delivery_id if offer else None)


def _asked(offer: Offer, driver: Driver) -> Considered:
    return Considered(
        driver_id=driver.id, name=driver.name, distance_m=offer.distance_m, offer=offer.status, reason="asked"
    )


def _considered(driver: Driver, here: Position | None, reach: Reach, *, busy: bool) -> Considered:
    place = here or (None if driver.lat is None or driver.lng is None else Position(driver.lat, driver.lng))
    away = None if place is None else round(distance_m(place, reach.centre))
    reason: Reason = "free"
    if driver.standing is not Standing.APPROVED:
        reason = "not_approved"
    elif busy:
        reason = "busy"
    elif driver.located_at is None or driver.located_at < reach.heard_since:
        reason = "silent"
    elif away is not None and away > reach.radius_m:
        reason = "too_far"
    return Considered(driver_id=driver.id, name=driver.name, distance_m=away, offer=None, reason=reason)
