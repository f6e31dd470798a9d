"""Passed deadlines, and users whose accounts were closed."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from foodchassis import Transaction
from foodevents import UserErased
from order_service import service
from order_service.handlers.router import events
from order_service.rules import deadlines


@events.on(UserErased)
async def on_user_erased(event: UserErased, transaction: Transaction) -> None:
    """Erase where a user lives from their orders, close their restaurants, and keep the books."""
    await service.forget(transaction, event.user_id)


@events.at(deadlines.TOKENS_EXPIRED)
async def on_tokens_expired(user_id: UUID, transaction: Transaction) -> None:
    """Erase what was ordered while the user was being erased."""
    await service.forget_again(transaction, user_id)


def _expiring(deadline: str) -> Callable[[UUID, Transaction], Awaitable[None]]:
    async def on_deadline(order_id: UUID, transaction: Transaction) -> None:
        await service.expire(transaction, order_id, deadline)

    return on_deadline


for row in deadlines.DEADLINES:
    events.at(row.name)(_expiring(row.name))
