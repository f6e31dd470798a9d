"""Offers to drivers, and their responses."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.decide import Input
from delivery_service.errors import OfferNotFoundError
from delivery_service.models import Delivery, DeliveryFacts, Offer, OfferFacts, OfferStatus
from delivery_service.rules.dispatch import distance_m
from delivery_service.schemas import DeliveryPublic, OfferPublic
from delivery_service.service.deliveries import shown
from delivery_service.service.search import react
from delivery_service.service.storage import DELIVERIES
from foodchassis import PageQuery, Principal, now
from foodchassis.messaging import load
from foodchassis.storage import Statement, Transaction, transaction_of
from foodevents import Place

OPEN = "SELECT id FROM offers WHERE driver_id = %(driver_id)s AND status = 'open'"

# The state after each response, so that a response repeated after a lost answer changes nothing.
ANSWERED = {"offer.accepted": OfferStatus.ACCEPTED, "offer.declined": OfferStatus.DECLINED}


async def list_open(session: AsyncSession, driver_id: UUID, page: PageQuery) -> dict[str, Any]:
    """Return the open offers of a driver."""
    statement = (
        select(Offer, Delivery)
        .join(Delivery, col(Delivery.id) == col(Offer.delivery_id))
        .where(col(Offer.driver_id) == driver_id, col(Offer.status) == OfferStatus.OPEN, col(Offer.expires_at) > now())
    )
    found = await session.exec(page.of(statement, col(Offer.id)))
    return page.page([shown_offer(offer, delivery) for offer, delivery in found])


async def accept(session: AsyncSession, offer_id: UUID, driver: Principal) -> DeliveryPublic:
    """Accept an offer. Raises OfferNotFoundError or IllegalTransitionError."""
    return shown(await _answer(session, offer_id, driver.id, "offer.accepted"), driver)


async def decline(session: AsyncSession, offer_id: UUID, driver_id: UUID) -> OfferPublic:
    """Decline an offer; the next driver gets one. Raises OfferNotFoundError or IllegalTransitionError."""
    delivery = await _answer(session, offer_id, driver_id, "offer.declined")
    return shown_offer(next(one for one in delivery.offers if one.id == offer_id), delivery)


async def decline_open(transaction: Transaction, driver_id: UUID) -> None:
    """Decline the open offer of a driver, if any."""
    (rows,) = await transaction.send(Statement(OPEN, {"driver_id": driver_id}))
    for (offer_id,) in rows:
        delivery = await load(transaction, DELIVERIES, offer_id, by="offer_id")
        engaging = delivery and delivery.engaging
        if engaging and engaging.id == offer_id and engaging.status is OfferStatus.OPEN:
            await react(transaction, delivery, "offer.declined", Input(offer_id=offer_id))


async def _answer(session: AsyncSession, offer_id: UUID, driver_id: UUID, trigger: str) -> DeliveryFacts:
    transaction = await transaction_of(session)
    delivery = await load(transaction, DELIVERIES, offer_id, by="offer_id")
    offers = delivery.offers if delivery else ()
    offer = next((one for one in offers if (one.id, one.driver_id) == (offer_id, driver_id)), None)
    if delivery is None or offer is None:
        raise OfferNotFoundError
    if offer.status is ANSWERED[trigger]:
        return delivery
    return (await react(transaction, delivery, trigger, Input(offer_id=offer_id))).row


def shown_offer(offer: Offer | OfferFacts, delivery: Delivery | DeliveryFacts) -> OfferPublic:
    """Return an offer with the data for a decision, without the customer's address."""
    pickup, dropoff = Place.model_validate(delivery.pickup), Place.model_validate(delivery.dropoff)
    facts = {**delivery.model_dump(), **offer.model_dump(), "trip_m": round(distance_m(pickup, dropoff))}
    return OfferPublic.model_validate({name: facts[name] for name in OfferPublic.model_fields})
