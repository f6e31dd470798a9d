"""Reading orders, lists of orders and histories."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, false, func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import PageQuery, Principal, now
from foodchassis.storage import Statement, Transaction
from foodevents import StaffRole
from order_service.errors import OrderNotFoundError
from order_service.machine import AT_RESTAURANT, ON_THE_WAY
from order_service.models import OPEN, Order, OrderFacts, OrderHistory, OrderLine, Party, RestaurantCopy
from order_service.schemas import Contact, Line, OrderFilter, OrderPublic, Timeline, TimelineEntry
from order_service.service.contacts import contacts_of
from order_service.service.staff import at_restaurants_of, check_staff, role_among, role_at

SHOWN = OrderPublic.model_fields.keys() - {"lines", "contacts"}
_LINE, _CONTACT = ", ".join(Line.model_fields), ", ".join(Contact.model_fields)
# One statement without the ORM, because customers read their open orders all the time.
READ = f"""
    SELECT to_jsonb(orders)::text,
        (SELECT json_agg(line ORDER BY position)::text FROM order_lines
            CROSS JOIN LATERAL (SELECT {_LINE}) AS line WHERE order_id = orders.id),
        (SELECT json_agg(contact)::text FROM contacts
            CROSS JOIN LATERAL (SELECT contacts.id, {_CONTACT}) AS contact
            WHERE contacts.id IN (customer_id, owner_id, driver_id)),
        (SELECT to_jsonb(restaurants)::text FROM restaurants WHERE restaurants.id = restaurant_id AND %(at_restaurant)s)
    FROM orders WHERE id = %(id)s
"""  # noqa: S608 - put together from the schema
_LINES = TypeAdapter(list[Line])


async def get_order(transaction: Transaction, order_id: UUID, user: Principal) -> OrderPublic:
    """Return an order to its customer, restaurant, driver or an admin; with the address only to its current driver."""
    wanted = Statement(READ, {"id": order_id, "at_restaurant": Party.RESTAURANT in user.roles})
    (rows,) = await transaction.finish(wanted)
    if not rows:
        raise OrderNotFoundError
    row, lines, contacts, restaurant = rows[0]
    order = OrderFacts.model_validate_json(row)
    role = role_among(order, user, restaurant and RestaurantCopy.model_validate_json(restaurant))
    concerned = _is_concerned(order, user, role)
    public = shown(order, _LINES.validate_json(lines))
    if order.status in ON_THE_WAY or concerned:
        public.contacts = contacts_of(order, contacts)
        return public
    # A note may describe the address.
    public.delivery_address = public.note = None
    return public


async def list_orders(session: AsyncSession, user: Principal, page: PageQuery, wanted: OrderFilter) -> dict[str, Any]:
    """Return a page of the caller's orders that match the filter, newest first.

    Raises RestaurantNotFoundError for a restaurant that is not the caller's.
    """
    query = select(Order).where(*await _whose(session, user, wanted))
    if wanted.status is not None:
        query = query.where(col(Order.status).in_(wanted.status))
    if wanted.needs_attention is not None:
        # The exact condition of the index of open orders.
        query = query.where(text(f"orders.{OPEN}"), col(Order.needs_attention) == wanted.needs_attention)
    if wanted.late is not None:
        waiting = col(Order.status).in_(AT_RESTAURANT) & (col(Order.ready_at) < now())
        query = query.where(text(f"orders.{OPEN}"), func.coalesce(waiting, false()) == wanted.late)
    found = await session.exec(page.of(query, col(Order.id), wanted.since))
    return page.page(await _with_lines(session, found.all()))


async def _whose(session: AsyncSession, user: Principal, wanted: OrderFilter) -> list[ColumnElement[bool]]:
    """Return the condition for the owner of the orders; each variant has an index."""
    found = []
    if wanted.restaurant_id is not None:
        await check_staff(session, wanted.restaurant_id, user)
        found.append(col(Order.restaurant_id) == wanted.restaurant_id)
    elif Party.RESTAURANT in user.roles and Party.ADMIN not in user.roles:
        found.append(await at_restaurants_of(session, user))
    elif Party.ADMIN not in user.roles:
        found.append(col(Order.customer_id) == user.id)
    if wanted.customer_id is not None:
        found.append(col(Order.customer_id) == wanted.customer_id)
    return found


async def timeline(session: AsyncSession, order_id: UUID, user: Principal) -> Timeline:
    """Return the steps of an order that the caller may see."""
    order, _ = await visible_order(session, order_id, user)
    query = select(OrderHistory).where(OrderHistory.order_id == order.id).order_by(col(OrderHistory.version))
    rows = (await session.exec(query)).all()
    return Timeline(order_id=order.id, entries=[_entry(row, rows[0]) for row in rows])


async def with_lines(session: AsyncSession, order: OrderFacts) -> OrderPublic:
    """Return an order as the API shows it."""
    return (await _with_lines(session, [order]))[0]


def shown(order: OrderFacts, lines: Sequence[Line]) -> OrderPublic:
    """Return an order with its lines as the API shows it."""
    return OrderPublic(lines=[*lines], **{name: getattr(order, name) for name in SHOWN})


async def _with_lines(session: AsyncSession, orders: Sequence[OrderFacts]) -> list[OrderPublic]:
    query = select(OrderLine).where(col(OrderLine.order_id).in_([order.id for order in orders]))
    lines: dict[UUID, list[Line]] = {order.id: [] for order in orders}
    for line in (await session.exec(query.order_by(col(OrderLine.position)))).all():
        lines[line.order_id].append(Line.model_validate(line))
    return [shown(order, lines[order.id]) for order in orders]


async def visible_order(session: AsyncSession, order_id: UUID, user: Principal) -> tuple[Order, bool]:
    """Return an order to its parties, and whether the caller is a permanent party of it.

    A driver is a party only while assigned. Raises OrderNotFoundError for other callers.
    """
    order = await session.get(Order, order_id)
    if order is None:
        raise OrderNotFoundError
    return order, _is_concerned(order, user, await role_at(session, order, user))


def _is_concerned(order: OrderFacts, user: Principal, role: StaffRole | None) -> bool:
    """Return whether the caller is a permanent party of an order. Raises OrderNotFoundError for a stranger."""
    own = Party.ADMIN in user.roles or (user.id == order.customer_id and user.scopes is None)
    if own or role is not None:
        return True
    if user.id != order.driver_id or user.scopes is not None:
        raise OrderNotFoundError
    return False


def _entry(row: OrderHistory, first: OrderHistory) -> TimelineEntry:
    return TimelineEntry(
        sequence=row.version,
        ms=(row.at - first.at) // timedelta(milliseconds=1),
        status=row.to_status,
        **row.model_dump(exclude={"order_id", "version", "from_status", "to_status"}),
    )
