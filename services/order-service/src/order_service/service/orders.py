"""Orders as they are read: one, a page of them, and what happened to one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import PageQuery, Principal
from order_service.errors import OrderNotFoundError, RestaurantNotFoundError
from order_service.models import Order, OrderFacts, OrderHistory, OrderLine, RestaurantCopy
from order_service.schemas import Line, OrderPublic, Timeline, TimelineEntry

SHOWN = OrderPublic.model_fields.keys() - {"lines"}


async def get_order(session: AsyncSession, order_id: UUID, user: Principal) -> OrderPublic:
    """Return an order to its customer, restaurant, driver or an admin."""
    return await with_lines(session, await visible_order(session, order_id, user))


async def list_orders(
    session: AsyncSession, user: Principal, page: PageQuery, restaurant_id: UUID | None
) -> dict[str, Any]:
    """Return a page of the caller's own orders, or of those at a restaurant of theirs."""
    if restaurant_id is None:
        whose = col(Order.customer_id) == user.id
    else:
        await _check_owner(session, restaurant_id, user)
        whose = col(Order.restaurant_id) == restaurant_id
    query = select(Order).where(whose).order_by(col(Order.id).desc()).limit(page.limit + 1)
    if page.before is not None:
        query = query.where(col(Order.id) < page.before)
    return page.page(await _with_lines(session, (await session.exec(query)).all()))


async def timeline(session: AsyncSession, order_id: UUID, user: Principal) -> Timeline:
    """Return every step of an order to those who may see it."""
    order = await visible_order(session, order_id, user)
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


async def visible_order(session: AsyncSession, order_id: UUID, user: Principal) -> Order:
    """Return an order to those whom it concerns.

    Raises OrderNotFoundError to everybody else.
    """
    order = await session.get(Order, order_id)
    if order is None or not ("admin" in user.roles or user.id in {order.customer_id, order.owner_id, order.driver_id}):
        raise OrderNotFoundError
    return order


async def _check_owner(session: AsyncSession, restaurant_id: UUID, user: Principal) -> None:
    restaurant = await session.get(RestaurantCopy, restaurant_id)
    if restaurant is None or not ("admin" in user.roles or restaurant.owner_id == user.id):
        raise RestaurantNotFoundError


def _entry(row: OrderHistory, first: OrderHistory) -> TimelineEntry:
    return TimelineEntry(
        sequence=row.version,
        ms=(row.at - first.at) // timedelta(milliseconds=1),
        status=row.to_status,
        **row.model_dump(exclude={"order_id", "version", "from_status", "to_status"}),
    )
