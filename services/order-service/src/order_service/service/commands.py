"""What people do to an order: the restaurant's word, and the cancel of whoever may."""

from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Principal, now
from order_service.cancellation import Terms, cancellation, kept
from order_service.errors import OrderChangedError, OrderNotFoundError
from order_service.models import OrderFacts
from order_service.schemas import OrderPublic
from order_service.service import steps
from order_service.service.orders import with_lines
from order_service.service.storage import locked_order
from order_service.states import Party


async def accept(
    session: AsyncSession, order_id: UUID, *, owner_id: UUID, version: int | None, prep_minutes: int
) -> OrderPublic:
    """Let the restaurant's owner take an order on."""
    order = await _owned(session, order_id, owner_id, version)
    await steps.accept(session, order, prep_minutes)
    return await with_lines(session, order)


async def reject(
    session: AsyncSession, order_id: UUID, *, owner_id: UUID, version: int | None, reason: str
) -> OrderPublic:
    """Let the restaurant's owner turn an order down."""
    order = await _owned(session, order_id, owner_id, version)
    await steps.take(session, order, "reject", reason=reason)
    return await with_lines(session, order)


async def ready(session: AsyncSession, order_id: UUID, *, owner_id: UUID, version: int | None) -> OrderPublic:
    """Let the restaurant's owner say that the food waits."""
    order = await _owned(session, order_id, owner_id, version)
    await steps.take(session, order, "ready")
    return await with_lines(session, order)


async def cancel(
    session: AsyncSession, order_id: UUID, user: Principal, *, version: int | None, reason: str
) -> OrderPublic:
    """Let customer, restaurant or admin end an order whose food is not picked up; what is kept is fixed now."""
    order = await locked_order(session, order_id)
    party = _party(order, user)
    _check_version(order, version)
    settings = steps.knobs(session)
    terms = Terms(timedelta(seconds=settings.free_cancel_seconds), settings.keep_food)
    ended = cancellation(order, party, reason, kept(order, party, now(), terms))
    await steps.take(session, order, "cancel", actor=party, **ended)
    return await with_lines(session, order)


async def _owned(session: AsyncSession, order_id: UUID, owner_id: UUID, version: int | None) -> OrderFacts:
    order = await locked_order(session, order_id)
    if order.owner_id != owner_id:
        raise OrderNotFoundError
    _check_version(order, version)
    return order


def _party(order: OrderFacts, user: Principal) -> Party:
    """Say as whom the caller ends the order. Raises OrderNotFoundError to strangers."""
    if user.id == order.customer_id and Party.CUSTOMER in user.roles:
        return Party.CUSTOMER
    if user.id == order.owner_id and Party.RESTAURANT in user.roles:
        return Party.RESTAURANT
    if Party.ADMIN in user.roles:
        return Party.ADMIN
    raise OrderNotFoundError


def _check_version(order: OrderFacts, version: int | None) -> None:
    if version not in {None, order.version}:
        raise OrderChangedError(f"It is at version {order.version} now.")
