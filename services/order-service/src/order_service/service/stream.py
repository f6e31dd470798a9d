"""Streams of orders: the history after the last received event, then each new step and position."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from typing_extensions import override

from foodchassis import Database, ForbiddenError, Principal, Resources, first_id, now
from foodchassis import resources as resources_of
from foodchassis.web import Reader, event_text, follow
from order_service.machine import ENDED, ON_THE_WAY
from order_service.models import Order, OrderFacts, OrderHistory
from order_service.schemas import OrderStep, Position
from order_service.service.orders import visible_order
from order_service.service.staff import check_staff
from order_service.service.storage import EVERY_ORDER, of_order, of_restaurant

log = structlog.get_logger()
# A step may be committed some time after its timestamp: steps younger than this are read again.
LATE = timedelta(minutes=1)
# No open order is older.
LONGEST = timedelta(days=2)
# After this time a reconnection begins with the open orders, because the history may be too long to send.
OLDEST = timedelta(hours=1)


async def stream_order(session: AsyncSession, order_id: UUID, user: Principal, after: int) -> AsyncIterator[str] | None:
    """Return the steps of an order after version `after` until it ends, as server-sent events.

    Returns None when it has ended and nothing follows. Only the check of the caller uses `session`. Raises
    OrderNotFoundError.
    """
    order, concerned = await visible_order(session, order_id, user)
    if order.status in ENDED and after >= order.version:
        return None
    # The id of another stream may be larger than any version.
    reader = OrderReader(user, order, min(after, order.version), is_driver=not concerned)
    subject = of_order(order.id)
    return follow(resources_of(session), reader, subject, f"{subject}:position")


async def stream_restaurant(
    session: AsyncSession, restaurant_id: UUID, user: Principal, after: int
) -> AsyncIterator[str]:
    """Return the steps of all orders at a restaurant as server-sent events, since the millisecond `after`.

    Without `after`, or if it is more than an hour ago, they begin with the latest step of each open order. Raises
    RestaurantNotFoundError.
    """
    await check_staff(session, restaurant_id, user)
    return follow(resources_of(session), OrdersReader(user, restaurant_id, after), of_restaurant(restaurant_id))


async def stream_orders(session: AsyncSession, user: Principal, after: int) -> AsyncIterator[str]:
    """Return the steps of all orders as server-sent events, like `stream_restaurant`. Raises ForbiddenError."""
    if "admin" not in user.roles:
        raise ForbiddenError("This needs the role admin.")
    return follow(resources_of(session), OrdersReader(user, None, after), EVERY_ORDER)


class OrderReader(Reader):
    """The position of the stream of one order."""

    def __init__(self, user: Principal, order: OrderFacts, after: int, *, is_driver: bool) -> None:
        super().__init__(user)
        self._order_id = order.id
        self._after = after
        self._status = order.status
        self._driver_id = user.id if is_driver else None

    @override
    async def check(self, session: AsyncSession) -> None:
        await visible_order(session, self._order_id, self.user)

    @override
    async def read(self, resources: Resources, changed: frozenset[str] | None) -> list[str]:
        query = select(OrderHistory).where(
            OrderHistory.order_id == self._order_id, col(OrderHistory.version) > self._after
        )
        async with resources.get(Database).transaction() as session:
            rows = (await session.exec(query.order_by(col(OrderHistory.version)))).all()
        if rows:
            self._after, self._status = rows[-1].version, rows[-1].to_status
        # A driver who lost the delivery may no longer follow it.
        lost = bool(rows) and self._driver_id not in {None, rows[-1].driver_id}
        self.ended = lost or self._status in ENDED
        return [_event(row, row.version) for row in rows]

    @override
    def show(self, latest: str) -> list[str]:
        if self._status not in ON_THE_WAY:
            return []
        try:
            return [event_text("position", Position.model_validate_json(latest).model_dump_json())]
        except ValidationError:
            log.warning("stream.position_malformed", order_id=str(self._order_id))
            return []


class OrdersReader(Reader):
    """The position of the stream of one restaurant, or of all: the version of each order that was sent."""

    def __init__(self, user: Principal, restaurant_id: UUID | None, after: int) -> None:
        super().__init__(user)
        self._restaurant_id = restaurant_id
        since = datetime.fromtimestamp(after / 1000, UTC)
        self._since = since if since >= now() - OLDEST else None
        self._sent: dict[UUID, int] = {}

    @override
    async def check(self, session: AsyncSession) -> None:
        if self._restaurant_id is not None:
            await check_staff(session, self._restaurant_id, self.user)

    @override
    async def read(self, resources: Resources, changed: frozenset[str] | None) -> list[str]:
        began = now()
        async with resources.get(Database).transaction() as session:
            rows = await self._rows(session, changed)
        new = [row for row in rows if row.version > self._sent.get(row.order_id, 0)]
        self._sent |= {row.order_id: row.version for row in new}
        if changed is None:
            self._since = began
            # Older steps are not read again.
            self._sent = {row.order_id: row.version for row in rows if row.at >= began - LATE}
        return [_event(row, int(row.at.timestamp() * 1000)) for row in new]

    async def _rows(self, session: AsyncSession, changed: frozenset[str] | None) -> Sequence[OrderHistory]:
        query: Any = select(OrderHistory).join(Order, col(Order.id) == OrderHistory.order_id)
        if self._restaurant_id is not None:
            query = query.where(Order.restaurant_id == self._restaurant_id)
        if self._since is None:
            query = query.where(col(Order.status).not_in(ENDED), OrderHistory.version == Order.version)
        else:
            since = self._since - LATE
            query = query.where(col(Order.id) >= first_id(since - LONGEST), col(OrderHistory.at) >= since)
        if changed is not None:
            query = query.where(col(OrderHistory.order_id).in_(list(map(UUID, changed))))
        rows: Sequence[OrderHistory] = (
            await session.exec(query.order_by(col(OrderHistory.at), col(OrderHistory.version)))
        ).all()
        return rows


def _event(row: OrderHistory, number: int) -> str:
    step = OrderStep(status=row.to_status, **row.model_dump(include=set(OrderStep.model_fields)))
    return event_text("order", step.model_dump_json(), number)
