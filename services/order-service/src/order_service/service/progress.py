"""Applies events and deadlines to orders."""

from typing import Any
from uuid import UUID

from foodchassis import process
from foodchassis.messaging import opening
from foodchassis.storage import Statement, Transaction
from order_service.service.storage import ORDERS


def first(event: Any) -> list[Statement]:
    """Return the first statements of `advance`."""
    return opening(ORDERS, event.order_id)


async def advance(transaction: Transaction, event: Any) -> None:
    """Apply an event of another service to its order.

    Raises IllegalTransitionError when the event is early or contradicts the order: it is retried, and finally parked.
    """
    await process(transaction, ORDERS, event.order_id, event.routing_key, event=event)


async def expire(transaction: Transaction, order_id: UUID, deadline: str) -> None:
    """Apply a deadline to its order, unless the order has left that state; never waits for the row lock."""
    await process(transaction, ORDERS, order_id, deadline, wait=False)
