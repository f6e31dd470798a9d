"""Simulates the courier of test orders."""

from uuid import UUID

from redis.asyncio import Redis

from delivery_service.adapters import positions
from delivery_service.rules.sandbox import COURIER, LOOK, move
from delivery_service.service.search import react
from delivery_service.service.storage import DELIVERIES
from foodchassis import now, traceparent
from foodchassis.kernel import Timer
from foodchassis.messaging import load
from foodchassis.storage import Statement, Transaction, start_timers

HERE = "UPDATE drivers SET lat = %(lat)s, lng = %(lng)s, located_at = %(now)s WHERE id = %(id)s"


async def play_courier(transaction: Transaction, delivery_id: UUID) -> None:
    """Do the next action of a test order's simulated courier. Raises BusyError when the delivery is locked."""
    delivery = await load(transaction, DELIVERIES, delivery_id, wait=False)
    if delivery is None:
        return
    moment = now()
    chosen = move(delivery, moment)
    if chosen.here is not None:
        place = {"lat": chosen.here.lat, "lng": chosen.here.lng}
        await transaction.put(Statement(HERE, {"id": delivery.driver_id, "now": moment, **place}))
        with positions.forgiving():
            await positions.publish(transaction.resources.get(Redis), delivery.order_id, chosen.here)
    if chosen.trigger is not None:
        await react(transaction, delivery, chosen.trigger)
    if chosen.again:
        await transaction.put(start_timers({Timer(COURIER, delivery_id): LOOK}, traceparent()))
