"""The statements that move orders, each one round trip, written by hand.

The unit of work takes five times the CPU for the same rows, and these make up most of a busy day. Rows come as JSON
documents: whatever an order contains, the parameters have the same types, so that each statement is prepared only once.
"""

from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, driver, outgoing
from order_service.errors import OrderNotFoundError
from order_service.models import OrderFacts

TELL = """
    INSERT INTO outbox (event_id, routing_key, body, traceparent)
    VALUES (%(event_id)s, %(routing_key)s, %(body)s, %(traceparent)s)
"""
REMEMBER = "INSERT INTO order_history SELECT * FROM jsonb_populate_record(NULL::order_history, %(step)s::jsonb)"
STORE_ORDER = f"""
    WITH new_order AS (
        INSERT INTO orders SELECT * FROM jsonb_populate_record(NULL::orders, %(order)s::jsonb)
    ), new_lines AS (
        INSERT INTO order_lines SELECT * FROM jsonb_populate_recordset(NULL::order_lines, %(lines)s::jsonb)
    ), new_step AS ({REMEMBER})
    {TELL}
"""  # noqa: S608 - put together from constants alone
STORE_STEP = f"""
    WITH moved AS (
        UPDATE orders SET (version, status, kitchen, ready_at, delivery_id, driver_id, reason) = (
            SELECT version, status, kitchen, ready_at, delivery_id, driver_id, reason
            FROM jsonb_populate_record(NULL::orders, %(order)s::jsonb)
        ) WHERE id = %(id)s
    ), new_step AS ({REMEMBER})
    {TELL}
"""  # noqa: S608 - the same
# Locked before it is read: two that want to move the same order go one after the other.
LOCK_ORDER = "SELECT to_jsonb(orders)::text FROM orders WHERE id = %(id)s FOR UPDATE"


async def store_order(
    session: AsyncSession, order: dict[str, Any], lines: list[dict[str, Any]], step: dict[str, Any], event: Event
) -> None:
    """Store a new order with its lines and first step, and publish it."""
    documents = {"order": _json(order), "lines": _json(lines), "step": _json(step)}
    told = _told(session, event, order["version"])
    await (await driver(session)).execute(STORE_ORDER, documents | told, prepare=True)


async def store_step(session: AsyncSession, order: OrderFacts, step: dict[str, Any], event: Event) -> None:
    """Store what a step changed in an order, with the step, and publish it; a version can be stored only once."""
    documents = {"id": order.id, "order": order.model_dump_json(), "step": _json(step)}
    told = _told(session, event, order.version)
    await (await driver(session)).execute(STORE_STEP, documents | told, prepare=True)


async def locked_order(session: AsyncSession, order_id: UUID) -> OrderFacts:
    """Return an order that nobody else can move until the transaction ends.

    Raises OrderNotFoundError.
    """
    cursor = await (await driver(session)).execute(LOCK_ORDER, {"id": order_id}, prepare=True)
    row = await cursor.fetchone()
    if row is None:
        raise OrderNotFoundError
    return OrderFacts.model_validate_json(row[0])


def _json(document: Any) -> str:
    return to_json(document).decode()


def _told(session: AsyncSession, event: Event, sequence: int) -> dict[str, Any]:
    out = outgoing(session, event, sequence)
    return {"event_id": out.event_id, "routing_key": out.routing_key, "body": out.body, "traceparent": out.traceparent}
