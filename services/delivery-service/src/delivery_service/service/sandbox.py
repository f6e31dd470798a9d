"""The courier of a test order: a simulated one, or none."""

from datetime import timedelta
from uuid import uuid5

from sqlalchemy import exists
from sqlmodel import col

from delivery_service.models import Delivery, DeliveryFacts, Driver, Offer, Vehicle
from delivery_service.rules.dispatch import Candidate
from delivery_service.rules.sandbox import COURIER, start
from foodchassis import new_id, now, traceparent
from foodchassis.kernel import Timer
from foodchassis.storage import Statement, Transaction, start_timers

# Offline, so that searches do not find it.
ENGAGE = """
    INSERT INTO drivers (id, name, vehicle, auto_accept, online, lat, lng, located_at, created_at)
    VALUES (%(id)s, 'Sandbox courier', %(vehicle)s, false, false, %(lat)s, %(lng)s, %(now)s, %(now)s)
    ON CONFLICT DO NOTHING
"""
# Whether a driver is a simulated courier.
IS_COURIER = exists().where(
    col(Offer.driver_id) == Driver.id,
    col(Offer.delivery_id) == Delivery.id,
    col(Delivery.test)["courier"].as_string() == "auto",
)


def is_played(delivery: DeliveryFacts) -> bool:
    """Return whether a delivery gets no driver."""
    return delivery.test is not None and delivery.test["courier"] is not None


async def candidate(transaction: Transaction, delivery: DeliveryFacts) -> Candidate | None:
    """Return the simulated courier of a test order, who accepts at once; None when it gets none."""
    if delivery.test is None or delivery.test["courier"] != "auto":
        return None
    here = start(delivery)
    # A new one for each offer, because a driver gets at most one offer of a delivery.
    courier = uuid5(delivery.id, str(len(delivery.offers)))
    known = {"id": courier, "vehicle": Vehicle.BICYCLE, "lat": here.lat, "lng": here.lng, "now": now()}
    wakes = start_timers({Timer(COURIER, delivery.id): timedelta()}, traceparent())
    await transaction.put(Statement(ENGAGE, known), wakes)
    return Candidate(courier, new_id(), here, hands_free=True)
