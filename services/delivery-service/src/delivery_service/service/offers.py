"""Offers: what a driver is asked, and the answers."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.errors import OfferNotFoundError
from delivery_service.models import Delivery, Offer
from delivery_service.rules.dispatch import distance_m
from delivery_service.schemas import DeliveryPublic, OfferPublic
from delivery_service.service.deliveries import shown
from delivery_service.service.search import search
from delivery_service.service.steps import assign, lock, release
from delivery_service.service.timers import HELD_BY_OTHERS, OFFER_LAPSED
from delivery_service.states import OfferStatus
from foodchassis import PageQuery, Principal, clear_deadline, now, set_deadline
from foodevents import Place


async def list_open(session: AsyncSession, driver_id: UUID, page: PageQuery) -> dict[str, Any]:
    """List the offers a driver may answer now."""
    statement = (
        select(Offer, Delivery)
        .join(Delivery, col(Delivery.id) == col(Offer.delivery_id))
        .where(col(Offer.driver_id) == driver_id, col(Offer.status) == OfferStatus.OPEN, col(Offer.expires_at) > now())
        .order_by(col(Offer.id).desc())
        .limit(page.limit + 1)
    )
    if page.before is not None:
        statement = statement.where(col(Offer.id) < page.before)
    return page.page([_shown(offer, delivery) for offer, delivery in await session.exec(statement)])


async def accept(session: AsyncSession, offer_id: UUID, driver: Principal) -> DeliveryPublic:
    """Take a delivery. Raises OfferNotFoundError, IllegalTransitionError."""
    delivery, offer = await _held(session, col(Offer.id) == offer_id, col(Offer.driver_id) == driver.id)
    await assign(session, delivery, offer)
    await clear_deadline(session, OFFER_LAPSED, offer.id)
    return shown(delivery, driver)


async def decline(session: AsyncSession, offer_id: UUID, driver_id: UUID) -> OfferPublic:
    """Refuse a delivery; the next driver is asked. Raises OfferNotFoundError, IllegalTransitionError."""
    delivery, offer = await _held(session, col(Offer.id) == offer_id, col(Offer.driver_id) == driver_id)
    await _decline(session, delivery, offer)
    return _shown(offer, delivery)


async def decline_open(session: AsyncSession, driver_id: UUID) -> None:
    """Refuse whatever a driver is being asked."""
    mine = (col(Offer.driver_id) == driver_id, col(Offer.status) == OfferStatus.OPEN)
    if (offer_id := (await session.exec(select(Offer.id).where(*mine))).one_or_none()) is None:
        return
    delivery, offer = await _held(session, col(Offer.id) == offer_id)
    if offer.status is OfferStatus.OPEN:
        await _decline(session, delivery, offer)


async def lapse(session: AsyncSession, offer_id: UUID) -> None:
    """End an offer whose time is over, if it is still open; the next driver is asked."""
    delivery = await lock(session, _of(col(Offer.id) == offer_id), wait=False)
    if delivery is None:
        await set_deadline(session, OFFER_LAPSED, offer_id, HELD_BY_OTHERS)
        return
    offer = await session.get_one(Offer, offer_id, populate_existing=True)
    if offer.status is OfferStatus.OPEN:
        await release(session, delivery, offer, "lapse")
        await search(session, delivery)


def _of(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    return col(Delivery.id).in_(select(Offer.delivery_id).where(*which))


async def _held(session: AsyncSession, *which: ColumnElement[bool]) -> tuple[Delivery, Offer]:
    """Lock an offer's delivery, then read the offer: who holds the delivery alone changes its offers."""
    delivery = await lock(session, _of(*which))
    if delivery is None:
        raise OfferNotFoundError
    statement = select(Offer).where(*which).execution_options(populate_existing=True)
    return delivery, (await session.exec(statement)).one()


async def _decline(session: AsyncSession, delivery: Delivery, offer: Offer) -> None:
    await release(session, delivery, offer, "decline")
    await clear_deadline(session, OFFER_LAPSED, offer.id)
    await search(session, delivery)


def _shown(offer: Offer, delivery: Delivery) -> OfferPublic:
    """Show an offer with what a driver needs to decide, and without the customer's address."""
    pickup, dropoff = Place.model_validate(delivery.pickup), Place.model_validate(delivery.dropoff)
    facts = {**delivery.model_dump(), **offer.model_dump(), "trip_m": round(distance_m(pickup, dropoff))}
    return OfferPublic.model_validate({name: facts[name] for name in OfferPublic.model_fields})
