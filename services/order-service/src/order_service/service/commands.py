"""Commands on an order: accept, reject, ready, cancel and retry."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Principal, now, publish
from foodchassis.messaging import apply
from foodchassis.storage import Statement, transaction_of
from foodchassis.web import Versions
from foodevents import AdminActed, StaffRole
from order_service.errors import AccountClosedError, OrderChangedError, OrderNotFoundError, StaffRoleError
from order_service.machine import BEFORE_PICKUP
from order_service.models import KitchenStatus, OrderFacts, Party
from order_service.rules.commands import Accept, Cancel, Command, Reject
from order_service.schemas import OrderPublic
from order_service.service.orders import with_lines
from order_service.service.staff import role_at
from order_service.service.storage import ORDERS

CLOSED = "SELECT true FROM erased_users WHERE id = %(id)s"
MakeCommand = Callable[[OrderFacts, StaffRole | None], Command | None]


async def accept(
    session: AsyncSession, order_id: UUID, *, user: Principal, version: Versions | None, prep_minutes: int
) -> OrderPublic:
    """Accept an order, as its restaurant."""
    return await _owned(session, order_id, "accept", Accept(prep_minutes), user=user, version=version)


async def reject(
    session: AsyncSession, order_id: UUID, *, user: Principal, version: Versions | None, reason: str
) -> OrderPublic:
    """Reject an order, as its restaurant."""
    return await _owned(session, order_id, "reject", Reject(reason), user=user, version=version)


async def ready(session: AsyncSession, order_id: UUID, *, user: Principal, version: Versions | None) -> OrderPublic:
    """Mark an order's food as ready, as its restaurant."""
    return await _owned(session, order_id, "ready", None, user=user, version=version)


async def cancel(
    session: AsyncSession, order_id: UUID, user: Principal, *, version: Versions | None, reason: str
) -> OrderPublic:
    """Cancel an order before its pick-up, as its customer, its restaurant or an admin."""
    party: Party | None = None

    def by_party(order: OrderFacts, role: StaffRole | None) -> Command:
        nonlocal party
        party = _party(order, user, role)
        return Cancel(party, reason)

    cancelled = await _command(session, order_id, "cancel", by_party, user=user, version=version)
    if party is Party.ADMIN:
        await publish(
            session, AdminActed(admin_id=user.id, action="order.cancelled", object_id=order_id, reason=reason)
        )
    return cancelled


async def retry(session: AsyncSession, order_id: UUID, admin: Principal, *, version: Versions | None) -> OrderPublic:
    """Request a stuck cancellation again, as an admin: the payment and the delivery must end."""

    def none(_order: OrderFacts, _role: StaffRole | None) -> None:
        return None

    retried = await _command(session, order_id, "retry", none, user=admin, version=version)
    await publish(session, AdminActed(admin_id=admin.id, action="order.retried", object_id=order_id))
    return retried


async def _owned(
    session: AsyncSession,
    order_id: UUID,
    trigger: str,
    command: Command | None,
    *,
    user: Principal,
    version: Versions | None,
) -> OrderPublic:
    def of_staff(_: OrderFacts, role: StaffRole | None) -> Command | None:
        if role is None:
            raise OrderNotFoundError
        return command

    return await _command(session, order_id, trigger, of_staff, user=user, version=version)


async def _command(
    session: AsyncSession,
    order_id: UUID,
    trigger: str,
    command: MakeCommand,
    *,
    user: Principal,
    version: Versions | None,
) -> OrderPublic:
    """Lock the order, create its command, which may refuse the caller, and apply it."""
    transaction = await transaction_of(session)
    closed, rows = await transaction.send(Statement(CLOSED, {"id": user.id}), ORDERS.lock(order_id, "id", wait=True))
    if closed:
        raise AccountClosedError
    order = ORDERS.read(rows)
    if order is None:
        raise OrderNotFoundError
    event = command(order, await role_at(session, order, user))
    if _had_effect(order, trigger, event):
        return await with_lines(session, order)
    if version is not None and order.version not in version:
        raise OrderChangedError(f"Its current version is {order.version}; read it and try again.")
    decision = ORDERS.decide(order, trigger, event=event, now=now(), resources=transaction.resources)
    await apply(transaction, ORDERS, order, decision, trigger)
    return await with_lines(session, decision.row)


def _had_effect(order: OrderFacts, trigger: str, command: Command | None) -> bool:
    """Return whether the command was applied before: the restaurant repeats it, for example after a lost response."""
    if order.status not in BEFORE_PICKUP:
        return False
    if isinstance(command, Accept) and order.kitchen is KitchenStatus.ACCEPTED and order.accepted_at is not None:
        return order.ready_at == order.accepted_at + timedelta(minutes=command.prep_minutes)
    return trigger == "ready" and order.kitchen is KitchenStatus.READY


def _party(order: OrderFacts, user: Principal, role: StaffRole | None) -> Party:
    """Return the party as which the caller cancels the order. Raises OrderNotFoundError or StaffRoleError."""
    if user.id == order.customer_id and Party.CUSTOMER in user.roles:
        return Party.CUSTOMER
    if role is not None:
        if not role.covers(StaffRole.MANAGER):
            raise StaffRoleError("Ask a manager to cancel it, or reject it before it is accepted.")
        return Party.RESTAURANT
    if Party.ADMIN in user.roles:
        return Party.ADMIN
    raise OrderNotFoundError
