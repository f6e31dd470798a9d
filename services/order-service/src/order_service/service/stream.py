"""An order as it happens: its history again from any version on, then each new step and position."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, Principal, Resources, event_text
from foodchassis import resources as resources_of
from order_service.adapters.feed import Feed
from order_service.machine import ENDED, ON_THE_WAY
from order_service.models import OrderHistory, OrderStatus
from order_service.schemas import OrderStep, Position
from order_service.service.orders import visible_order
from order_service.settings import OrderSettings

log = structlog.get_logger()
DOWN = (OperationalError, InterfaceError, PoolTimeoutError)
HEARTBEAT = ": heartbeat\n\n"


async def stream(session: AsyncSession, order_id: UUID, user: Principal, after: int) -> AsyncIterator[str]:
    """Return what happened to an order after version `after`, and what happens until it ends, as server-sent events.

    Only the check of the caller uses `session`: a stream that waits holds no connection. Raises OrderNotFoundError.
    """
    order = await visible_order(session, order_id, user)
    concerned = "admin" in user.roles or user.id in {order.customer_id, order.owner_id}
    reader = Reader(order.id, after, order.status, None if concerned else user.id)
    return _events(resources_of(session), reader)


class Reader:
    """How far one stream has come."""

    def __init__(self, order_id: UUID, after: int, status: OrderStatus, driver_id: UUID | None) -> None:
        self.order_id = order_id
        self.ended = False
        self._after = after
        self._status = status
        self._driver_id = driver_id

    async def steps(self, resources: Resources) -> list[str]:
        """Return the steps that were not sent yet, as events."""
        query = select(OrderHistory).where(
            OrderHistory.order_id == self.order_id, col(OrderHistory.version) > self._after
        )
        async with resources.get(Database).transaction() as session:
            rows = (await session.exec(query.order_by(col(OrderHistory.version)))).all()
        if rows:
            self._after, self._status = rows[-1].version, rows[-1].to_status
        # A driver who lost the delivery may not follow it any longer.
        lost = bool(rows) and self._driver_id not in {None, rows[-1].driver_id}
        self.ended = lost or self._status in ENDED
        steps = [OrderStep(status=row.to_status, **row.model_dump(include=set(OrderStep.model_fields))) for row in rows]
        return [event_text("order", step.model_dump_json(), step.version) for step in steps]

    def position(self, text: str | None) -> list[str]:
        """Return a position as an event, as long as a driver is on the way with this order."""
        if text is None or self._status not in ON_THE_WAY:
            return []
        try:
            return [event_text("position", Position.model_validate_json(text).model_dump_json())]
        except ValidationError:
            log.warning("stream.position_malformed", order_id=str(self.order_id))
            return []


async def _events(resources: Resources, reader: Reader) -> AsyncIterator[str]:
    feed, settings, clock = resources.get(Feed), resources.get(OrderSettings), asyncio.get_running_loop().time
    heartbeat, sent_at, behind = settings.stream_heartbeat_seconds, clock(), True
    async with feed.watch(reader.order_id) as watcher:
        while not (reader.ended or feed.ending):
            try:
                events = await reader.steps(resources) if behind else []
            except DOWN as error:
                # The client connects again by itself, and sends the version that it saw last.
                log.warning("stream.cut_short", order_id=str(reader.order_id), error=repr(error)[:200])
                return
            events += reader.position(watcher.position())
            if not events and clock() - sent_at >= heartbeat:
                events = [HEARTBEAT]
            if events:
                sent_at = clock()
                yield "".join(events)
            if not reader.ended:
                quiet = sent_at + heartbeat - clock()
                behind = await watcher.wait(quiet if feed.connected else min(quiet, settings.stream_poll_seconds))
