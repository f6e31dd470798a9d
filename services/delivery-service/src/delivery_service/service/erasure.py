"""Erasure of users: names, positions and addresses are deleted."""

from datetime import timedelta
from uuid import UUID

from redis.asyncio import Redis

from delivery_service.adapters import positions
from delivery_service.decide import Input
from delivery_service.models import DeliveryStatus
from delivery_service.rules.privacy import ERASED
from delivery_service.service.offers import decline_open
from delivery_service.service.search import move, react
from delivery_service.service.storage import DELIVERIES
from foodchassis import now, traceparent
from foodchassis.kernel import Timer
from foodchassis.messaging import load
from foodchassis.storage import Statement, Transaction, start_timers

FORGET_AGAIN = "forget.again"
# Transactions that were concurrent with the erasure have ended by then.
UNSEEN = timedelta(minutes=2)
GONE = "The driver's account was closed."
REMEMBER = "INSERT INTO erasures (user_id, erased_at) VALUES (%(id)s, %(now)s) ON CONFLICT DO NOTHING"
FORGET_DRIVER = """
    UPDATE drivers SET name = %(erased)s, online = false, auto_accept = false, lat = NULL, lng = NULL,
        located_at = NULL, standing_reason = NULL
    WHERE id = %(id)s RETURNING true
"""
DRIVEN = "SELECT id FROM deliveries WHERE driver_id = %(id)s AND status IN ('assigned', 'picked_up')"
DOORS = "SELECT id FROM deliveries WHERE customer_id = %(id)s AND NOT customer_erased ORDER BY id"


async def erase(transaction: Transaction, user_id: UUID) -> None:
    """Erase a user, and schedule a second erasure for concurrent changes."""
    # The timer first: its handler waits for rows that are locked from here on.
    await transaction.put(
        start_timers({Timer(FORGET_AGAIN, user_id): UNSEEN}, traceparent()),
        Statement(REMEMBER, {"id": user_id, "now": now()}),
    )
    await forget(transaction, user_id)


async def forget(transaction: Transaction, user_id: UUID) -> None:
    """Anonymise a driver and a customer; idempotent."""
    (known,) = await transaction.send(Statement(FORGET_DRIVER, {"id": user_id, "erased": ERASED}))
    if known:
        await _forget_driver(transaction, user_id)
    (doors,) = await transaction.send(Statement(DOORS, {"id": user_id}))
    for (delivery_id,) in doors:
        await move(transaction, delivery_id, "customer.erased")


async def _forget_driver(transaction: Transaction, driver_id: UUID) -> None:
    with positions.forgiving():
        await positions.remove(transaction.resources.get(Redis), driver_id)
    await decline_open(transaction, driver_id)
    (driven,) = await transaction.send(Statement(DRIVEN, {"id": driver_id}))
    for (delivery_id,) in driven:
        delivery = await load(transaction, DELIVERIES, delivery_id)
        if delivery is not None and delivery.driver_id == driver_id:
            trigger = {DeliveryStatus.ASSIGNED: "unassign", DeliveryStatus.PICKED_UP: "fail"}.get(delivery.status)
            if trigger is not None:
                await react(transaction, delivery, trigger, Input(reason=GONE))
