"""The timers of deliveries: their names, and how long a delivery may stay as it is."""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.models import Delivery
from delivery_service.service.knobs import knobs
from delivery_service.states import DeliveryStatus
from foodchassis import clear_deadline, now, set_deadline

SEARCH_AGAIN = "search.again"
OFFER_LAPSED = "offer.lapsed"
# One for each delivery: it means the search before a driver took it, and the driver's silence after.
OVERDUE = "delivery.overdue"
FORGET_AGAIN = "forget.again"
# A deadline's handler holds the deadline's row: if it waited for a delivery whose holder wants that row, both hung.
HELD_BY_OTHERS = timedelta(seconds=1)


async def limit_search(session: AsyncSession, delivery: Delivery) -> None:
    """Give a search its end, unless it has found a driver already."""
    if delivery.status is not DeliveryStatus.ASSIGNED:
        wait = max(delivery.searching_since - now(), timedelta())
        await set_deadline(session, OVERDUE, delivery.id, wait + timedelta(seconds=knobs(session).search_lifetime))


async def limit_silence(session: AsyncSession, delivery: Delivery) -> None:
    """Expect to hear from the driver on the way to the restaurant."""
    await set_deadline(session, OVERDUE, delivery.id, timedelta(seconds=knobs(session).driver_silence))


async def stop(session: AsyncSession, delivery: Delivery) -> None:
    """Let a delivery that ends or was picked up stay as it is for as long as it takes."""
    for name in (OVERDUE, SEARCH_AGAIN):
        await clear_deadline(session, name, delivery.id)
