"""Orders that events and passed deadlines move."""

from typing import Any
from uuid import UUID

from foodchassis import process
from foodchassis.messaging import opening
from foodchassis.storage import Statement, Transaction
from order_service.service.storage import ORDERS


def first(event: Any) -> list[Statement]:
    """Return the statements with which `advance` begins."""
    return opening(ORDERS, event.order_id)


async def advance(transaction: Transaction, event: Any) -> None:
    """Apply what an event of another service does to the order that it names.

    Raises IllegalTransitionError when the event is ahead of its time or contradicts the order: it is tried again, and
    parked if nothing changes.
    """
    await process(transaction, ORDERS, event.order_id, event.routing_key, event=event)


async def expire(transaction: Transaction, order_id: UUID, deadline: str) -> None:
    """Apply what a passed deadline does to an order, unless the order has gone on; never waits for its row."""
    await process(transaction, ORDERS, order_id, deadline, wait=False)
