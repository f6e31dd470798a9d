"""Erasure of users: their addresses are deleted and their restaurants closed; amounts are kept."""

from datetime import timedelta
from uuid import UUID

import structlog

from foodchassis import delete_stored_responses, process, traceparent
from foodchassis.kernel import Timer
from foodchassis.storage import Statement, Transaction, start_timers
from order_service.machine import BEFORE_PICKUP
from order_service.models import OPEN
from order_service.rules.deadlines import TOKENS_EXPIRED
from order_service.service.contacts import forget_contact
from order_service.service.storage import ORDERS, erase_ended
from order_service.settings import OrderSettings

log = structlog.get_logger()
CLOSE_ACCOUNT = "INSERT INTO erased_users (id, at) VALUES (%(id)s, now()) ON CONFLICT DO NOTHING"
MARK_RUNNING = "UPDATE orders SET customer_erased = true WHERE customer_id = %(id)s AND NOT customer_erased"
OPEN_AT_RESTAURANTS = f"SELECT id FROM orders WHERE {OPEN} AND owner_id = %(id)s AND status = ANY(%(open)s) ORDER BY id"  # noqa: S608 - constants alone


async def forget(transaction: Transaction, user_id: UUID) -> None:
    """Erase a user's data, and schedule a second erasure when the user's tokens have expired."""
    wait = timedelta(seconds=transaction.resources.get(OrderSettings).token_lifetime_seconds)
    await transaction.put(start_timers({Timer(TOKENS_EXPIRED, user_id): wait}, traceparent()))
    await forget_again(transaction, user_id)


async def forget_again(transaction: Transaction, user_id: UUID) -> None:
    """Close a user's restaurants, and erase the addresses of ended orders; those of open orders when they end."""
    await transaction.put(
        Statement(CLOSE_ACCOUNT, {"id": user_id}),
        Statement(MARK_RUNNING, {"id": user_id}),
        # The stored responses to a customer's requests contain the address.
        delete_stored_responses(user_id),
        erase_ended(user_id),
        forget_contact(user_id),
    )
    still_open = Statement(OPEN_AT_RESTAURANTS, {"id": user_id, "open": [str(status) for status in BEFORE_PICKUP]})
    (orders,) = await transaction.send(still_open)
    for (order_id,) in orders:
        await process(transaction, ORDERS, order_id, "owner.erased")
    log.info("user.erased", user_id=str(user_id), orders=len(orders))
