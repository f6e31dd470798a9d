"""Simulates the kitchen of test orders."""

from uuid import UUID

from foodchassis import now, traceparent
from foodchassis.kernel import Timer
from foodchassis.messaging import apply, load
from foodchassis.storage import Transaction, start_timers
from order_service.rules.sandbox import KITCHEN, move
from order_service.service.storage import ORDERS


async def play_kitchen(transaction: Transaction, order_id: UUID) -> None:
    """Do the next action of a test order's simulated kitchen. Raises BusyError when the order is locked."""
    order = await load(transaction, ORDERS, order_id, wait=False)
    if order is None or order.test is None:
        return
    moment = now()
    chosen = move(order, moment)
    if chosen.trigger is not None:
        decision = ORDERS.decide(
            order, chosen.trigger, event=chosen.command, now=moment, resources=transaction.resources
        )
        await apply(transaction, ORDERS, order, decision, chosen.trigger)
    if chosen.again is not None:
        await transaction.put(start_timers({Timer(KITCHEN, order_id): chosen.again}, traceparent()))
