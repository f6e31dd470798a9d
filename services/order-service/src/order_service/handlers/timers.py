"""Passed timers, and customers who asked to be forgotten."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from foodevents import UserErased
from order_service import service
from order_service.handlers.router import events
from order_service.timers import (
    CANCELLING_STUCK,
    CUSTOMER_ERASED,
    PAYMENT_UNANSWERED,
    RESTAURANT_SILENT,
    RESTAURANT_SLOW,
)


@events.on(UserErased)
async def on_user_erased(event: UserErased, session: AsyncSession) -> None:
    """Erase where somebody lives from their orders, and keep the books."""
    await service.forget(session, event.user_id)


@events.at(CUSTOMER_ERASED)
async def on_tokens_expired(user_id: UUID, session: AsyncSession) -> None:
    """Erase what somebody ordered with a token that outlived their account."""
    await service.forget_again(session, user_id)


@events.at(PAYMENT_UNANSWERED)
async def on_payment_unanswered(order_id: UUID, session: AsyncSession) -> None:
    """End an order whose payment nobody answered for."""
    await service.run_out(session, order_id, PAYMENT_UNANSWERED)


@events.at(RESTAURANT_SLOW)
async def on_restaurant_slow(order_id: UUID, session: AsyncSession) -> None:
    """Remind a restaurant of an order it has not answered."""
    await service.run_out(session, order_id, RESTAURANT_SLOW)


@events.at(RESTAURANT_SILENT)
async def on_restaurant_silent(order_id: UUID, session: AsyncSession) -> None:
    """Turn an order down that its restaurant does not answer."""
    await service.run_out(session, order_id, RESTAURANT_SILENT)


@events.at(CANCELLING_STUCK)
async def on_cancelling_stuck(order_id: UUID, session: AsyncSession) -> None:
    """Have somebody look at a cancellation that was not confirmed, and ask for it again."""
    await service.run_out(session, order_id, CANCELLING_STUCK)
