"""What people do to an order: the restaurant's answer, and a cancel by those who may."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Principal, Statement, Versions, apply, now, publish, transaction_of
from foodevents import AdminActed
from order_service.errors import AccountClosedError, OrderChangedError, OrderNotFoundError
from order_service.machine import BEFORE_PICKUP
from order_service.models import KitchenStatus, OrderFacts, Party
from order_service.rules.commands import Accept, Cancel, Command, Reject
from order_service.schemas import OrderPublic
from order_service.service.orders import with_lines
from order_service.service.storage import ORDERS

CLOSED = "SELECT true FROM erased_users WHERE id = %(id)s"
MakeCommand = Callable[[OrderFacts], Command | None]


async def accept(
    session: AsyncSession, order_id: UUID, *, owner_id: UUID, version: Versions | None, prep_minutes: int
) -> OrderPublic:
    """Accept an order, as its restaurant's owner."""
    return await _owned(session, order_id, "accept", Accept(prep_minutes), owner_id=owner_id, version=version)


async def reject(
    session: AsyncSession, order_id: UUID, *, owner_id: UUID, version: Versions | None, reason: str
) -> OrderPublic:
    """Reject an order, as its restaurant's owner."""
    return await _owned(session, order_id, "reject", Reject(reason), owner_id=owner_id, version=version)


async def ready(session: AsyncSession, order_id: UUID, *, owner_id: UUID, version: Versions | None) -> OrderPublic:
    """Mark an order's food as ready, as its restaurant's owner."""
    return await _owned(session, order_id, "ready", None, owner_id=owner_id, version=version)


async def cancel(
    session: AsyncSession, order_id: UUID, user: Principal, *, version: Versions | None, reason: str
) -> OrderPublic:
    """Cancel an order whose food is not picked up, as its customer, its restaurant or an admin."""

    def by_party(order: OrderFacts) -> Command:
        return Cancel(_party(order, user), reason)

    cancelled = await _command(session, order_id, "cancel", by_party, caller=user.id, version=version)
    if Party.ADMIN in user.roles:
        await publish(
            session, AdminActed(admin_id=user.id, action="order.cancelled", object_id=order_id, reason=reason)
        )
    return cancelled


async def _owned(
    session: AsyncSession,
    order_id: UUID,
    trigger: str,
    command: Command | None,
    *,
    owner_id: UUID,
    version: Versions | None,
) -> OrderPublic:
    def of_owner(order: OrderFacts) -> Command | None:
        if order.owner_id != owner_id:
            raise OrderNotFoundError
        return command

    return await _command(session, order_id, trigger, of_owner, caller=owner_id, version=version)


async def _command(
    session: AsyncSession, order_id: UUID, trigger: str, command: MakeCommand, *, caller: UUID, version: Versions | None
) -> OrderPublic:
    """Apply what `command` makes of the locked order, to which it may refuse the caller."""
    transaction = await transaction_of(session)
    closed, rows = await transaction.send(Statement(CLOSED, {"id": caller}), ORDERS.lock(order_id, "id", wait=True))
    if closed:
        raise AccountClosedError
    order = ORDERS.read(rows)
    if order is None:
        raise OrderNotFoundError
    event = command(order)
    if _had_effect(order, trigger, event):
        return await with_lines(session, order)
    if version is not None and order.version not in version:
        raise OrderChangedError(f"It is at version {order.version} now.")
    decision = ORDERS.decide(order, trigger, event=event, now=now(), resources=transaction.resources)
    await apply(transaction, ORDERS, order, decision, trigger)
    return await with_lines(session, decision.row)


def _had_effect(order: OrderFacts, trigger: str, command: Command | None) -> bool:
    """Return whether the restaurant sends a command again that was obeyed, such as one whose answer was lost."""
    if order.status not in BEFORE_PICKUP:
        return False
    if isinstance(command, Accept) and order.kitchen is KitchenStatus.ACCEPTED and order.accepted_at is not None:
        return order.ready_at == order.accepted_at + timedelta(minutes=command.prep_minutes)
    return trigger == "ready" and order.kitchen is KitchenStatus.READY


def _party(order: OrderFacts, user: Principal) -> Party:
    """Return as whom the caller cancels the order. Raises OrderNotFoundError to strangers."""
    if user.id == order.customer_id and Party.CUSTOMER in user.roles:
        return Party.CUSTOMER
    if user.id == order.owner_id and Party.RESTAURANT in user.roles:
        return Party.RESTAURANT
    if Party.ADMIN in user.roles:
        return Party.ADMIN
    raise OrderNotFoundError
