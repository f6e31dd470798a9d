"""The search: brings waiting deliveries and free drivers together, from either side."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.machine import OFFER
from delivery_service.models import WAITING, Delivery, Driver, Offer
from delivery_service.rules import dispatch
from delivery_service.rules.dispatch import Positioned, distance_m
from delivery_service.service.candidates import claim, distance_to_nearest, may_ask, nearest, position
from delivery_service.service.knobs import knobs
from delivery_service.service.steps import advance, assign, lock
from delivery_service.service.timers import HELD_BY_OTHERS, OFFER_LAPSED, SEARCH_AGAIN, limit_search
from delivery_service.states import DeliveryStatus
from foodchassis import now, set_deadline
from foodevents import Place


async def beginning(session: AsyncSession, pickup: Place, ready_at: datetime) -> datetime:
    """Say when to begin a search, so that the driver arrives when the food is ready: often at once."""
    settings = knobs(session)
    latest = ready_at - timedelta(seconds=settings.search_lead)
    if latest <= now():
        return now()
    way = timedelta(seconds=await distance_to_nearest(session, pickup) / settings.driver_speed)
    return max(now(), latest - way)


async def begin(session: AsyncSession, delivery: Delivery) -> None:
    """Search for a delivery we hold, now or when its time has come."""
    if (wait := delivery.searching_since - now()) > timedelta():
        await set_deadline(session, SEARCH_AGAIN, delivery.id, wait)
    else:
        await search(session, delivery)
    await limit_search(session, delivery)


async def search(session: AsyncSession, delivery: Delivery) -> None:
    """Ask the nearest free driver about a delivery we hold; with none in reach, look again later and further."""
    centre = Place.model_validate(delivery.pickup)
    ids = await nearest(session, centre, _radius(session, delivery))
    if not await _ask_first(session, delivery, ids):
        await set_deadline(session, SEARCH_AGAIN, delivery.id, timedelta(seconds=knobs(session).search_interval))


async def search_again(session: AsyncSession, delivery_id: UUID) -> None:
    """Look again for a driver, if the delivery still waits for one."""
    delivery = await lock(session, col(Delivery.id) == delivery_id, wait=False)
    if delivery is None:
        await set_deadline(session, SEARCH_AGAIN, delivery_id, HELD_BY_OTHERS)
    elif delivery.status is DeliveryStatus.SEARCHING:
        await search(session, delivery)


async def match(session: AsyncSession, driver_id: UUID, here: Positioned) -> None:
    """Ask a driver who became free or moved about the longest waiting delivery that reaches them."""
    statement = (
        select(Delivery)
        .where(WAITING, col(Delivery.searching_since) <= now(), may_ask(driver_id, Delivery.id))
        .order_by(col(Delivery.id))
        .limit(knobs(session).match_limit)
    )
    for waiting in (await session.exec(statement)).all():
        if distance_m(Place.model_validate(waiting.pickup), here) > _radius(session, waiting):
            continue
        delivery = await lock(session, col(Delivery.id) == waiting.id, wait=False)
        # Held by others: they are asking somebody about it now.
        if delivery is None or delivery.status is not DeliveryStatus.SEARCHING:
            continue
        if await _ask_first(session, delivery, [driver_id]):
            return


async def free(session: AsyncSession, driver_id: UUID) -> None:
    """Match a driver whose hands are free again to what waits."""
    driver = await session.get_one(Driver, driver_id)
    if (here := position(driver)) is not None:
        await match(session, driver.id, here)


def _radius(session: AsyncSession, delivery: Delivery) -> int:
    settings = knobs(session)
    return dispatch.radius_m(settings.search_radii_m, now() - delivery.searching_since, settings.search_interval)


async def _ask_first(session: AsyncSession, delivery: Delivery, ids: list[UUID]) -> bool:
    """Ask the first of `ids` who can be asked; False when nobody can."""
    while ids and (driver := await claim(session, delivery.id, ids)) is not None:
        if await _ask(session, delivery, driver):
            return True
        # Somebody else engaged this driver between our look and our claim.
        ids = [one for one in ids if one != driver.id]
    return False


async def _ask(session: AsyncSession, delivery: Delivery, driver: Driver) -> bool:
    """Make the offer; False when an index says that the driver or the delivery is taken."""
    lifetime, here = timedelta(seconds=knobs(session).offer_lifetime), position(driver)
    assert here is not None, "only drivers with a position are claimed"
    draft = Offer(
        delivery_id=delivery.id,
        driver_id=driver.id,
        status=OFFER.step(None, "driver.found").target,
        distance_m=round(distance_m(Place.model_validate(delivery.pickup), here)),
        expires_at=now() + lifetime,
    )
    statement = insert(Offer).values(draft.model_dump()).on_conflict_do_nothing().returning(Offer)
    offer = (await session.exec(statement)).scalar_one_or_none()
    if offer is None:
        return False
    facts = {"offer_id": offer.id, "driver_id": driver.id, "expires_at": offer.expires_at}
    await advance(session, delivery, "driver.found", facts)
    if driver.auto_accept:
        await assign(session, delivery, offer)
    else:
        await set_deadline(session, OFFER_LAPSED, offer.id, lifetime)
    return True
