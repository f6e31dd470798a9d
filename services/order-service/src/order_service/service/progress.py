"""Orders that events and passed deadlines move."""

from uuid import UUID

from foodchassis import Event, Transaction, process
from order_service.service.storage import ORDERS


async def advance(transaction: Transaction, order_id: UUID, *, on: Event) -> None:
    """Apply what an event of another service does to an order.

    Raises IllegalTransitionError when the event is ahead of its time or contradicts the order: it is tried again, and
    parked if nothing changes.
    """
    await process(transaction, ORDERS, order_id, on.routing_key, event=on)


async def expire(transaction: Transaction, order_id: UUID, deadline: str) -> None:
    """Apply what a passed deadline does to an order, unless the order has gone on; never waits for its row."""
    await process(transaction, ORDERS, order_id, deadline, wait=False)
