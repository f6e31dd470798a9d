"""The statements that move orders, each one round trip, written by hand.

The unit of work takes five times the CPU for the same rows, and these make up most of a busy day. Rows come as JSON
documents: whatever an order contains, the parameters have the same types, so that each statement is prepared only once.
"""

from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, Event, after_commit, driver, link, outgoing, resources, traceparent
from order_service.errors import OrderNotFoundError
from order_service.models import OrderFacts
from order_service.timers import Timing

TELL = """
    INSERT INTO outbox (event_id, routing_key, body, traceparent)
    VALUES (%(event_id)s, %(routing_key)s, %(body)s, %(traceparent)s)
"""
REMEMBER = "INSERT INTO order_history SELECT * FROM jsonb_populate_record(NULL::order_history, %(step)s::jsonb)"
START = """
    INSERT INTO deadlines (name, subject, due_at, traceparent)
    SELECT key, %(id)s, now() + value::float8 * interval '1 second', %(traceparent)s
    FROM jsonb_each_text(%(started)s::jsonb)
    ON CONFLICT (name, subject) DO UPDATE SET due_at = excluded.due_at, attempts = 0, traceparent = excluded.traceparent
"""
STOP = "DELETE FROM deadlines WHERE subject = %(id)s AND name = ANY(%(stopped)s)"
STORE_ORDER = f"""
    WITH new_order AS (
        INSERT INTO orders SELECT * FROM jsonb_populate_record(NULL::orders, %(order)s::jsonb)
    ), new_lines AS (
        INSERT INTO order_lines SELECT * FROM jsonb_populate_recordset(NULL::order_lines, %(lines)s::jsonb)
    ), new_step AS ({REMEMBER}), new_timers AS ({START})
    {TELL}
"""  # noqa: S608 - put together from constants alone
MOVE = """
    UPDATE orders SET (
        version, status, kitchen, accepted_at, ready_at, delivery_id, driver_id, lost_drivers, reason,
        paid, cancelled_by, keep, payment_closed, delivery_closed, needs_attention
    ) = (
        SELECT version, status, kitchen, accepted_at, ready_at, delivery_id, driver_id, lost_drivers, reason,
            paid, cancelled_by, keep, payment_closed, delivery_closed, needs_attention
        FROM jsonb_populate_record(NULL::orders, %(order)s::jsonb)
    ) WHERE id = %(id)s
"""
# Not every step is told or touches a timer, and what a statement contains costs even when it does nothing.
STORE_STEP = {
    (told, timed): f"""
        WITH moved AS ({MOVE}), new_step AS ({REMEMBER})
        {f", started AS ({START}), stopped AS ({STOP})" if timed else ""}
        {TELL if told else "SELECT"}
    """
    for told in (True, False)
    for timed in (True, False)
}
# Locked before it is read: two that want to move the same order go one after the other.
LOCK_ORDER = "SELECT to_jsonb(orders)::text FROM orders WHERE id = %(id)s FOR UPDATE"
LOCK_FREE_ORDER = f"{LOCK_ORDER} SKIP LOCKED"


async def store_order(
    session: AsyncSession,
    order: dict[str, Any],
    *,
    lines: list[dict[str, Any]],
    step: dict[str, Any],
    event: Event,
    timing: Timing,
) -> None:
    """Store a new order with its lines, first step and timers, and publish it."""
    documents = {"id": order["id"], "order": _json(order), "lines": _json(lines), "step": _json(step)}
    told = _told(session, event, order["version"])
    await (await driver(session)).execute(STORE_ORDER, documents | told | _timed(timing), prepare=True)


async def store_step(
    session: AsyncSession, order: OrderFacts, step: dict[str, Any], event: Event | None, timing: Timing
) -> None:
    """Store what a step changed in an order, with the step, and publish it; a version can be stored only once."""
    parameters = {"id": order.id, "order": order.model_dump_json(), "step": _json(step)}
    if event is not None:
        parameters |= _told(session, event, order.version)
    if timing:
        parameters |= _timed(timing)
    statement = STORE_STEP[event is not None, bool(timing)]
    await (await driver(session)).execute(statement, parameters, prepare=True)


async def locked_order(session: AsyncSession, order_id: UUID) -> OrderFacts:
    """Return an order that nobody else can move until the transaction ends.

    Raises OrderNotFoundError.
    """
    order = await _locked(session, LOCK_ORDER, order_id)
    if order is None:
        raise OrderNotFoundError
    return order


async def free_order(session: AsyncSession, order_id: UUID) -> OrderFacts | None:
    """Return the same, or None when somebody else holds it now."""
    return await _locked(session, LOCK_FREE_ORDER, order_id)


async def _locked(session: AsyncSession, statement: str, order_id: UUID) -> OrderFacts | None:
    cursor = await (await driver(session)).execute(statement, {"id": order_id}, prepare=True)
    row = await cursor.fetchone()
    if row is None:
        return None
    order = OrderFacts.model_validate_json(row[0])
    link(order.traceparent)
    return order


def _json(document: Any) -> str:
    return to_json(document).decode()


def _told(session: AsyncSession, event: Event, sequence: int) -> dict[str, Any]:
    out = outgoing(resources(session), event, sequence)
    after_commit(session, resources(session).get(Database).published)
    return {"event_id": out.event_id, "routing_key": out.routing_key, "body": out.body, "traceparent": out.traceparent}


def _timed(timing: Timing) -> dict[str, Any]:
    return {"started": _json(timing.started), "stopped": timing.stopped, "traceparent": traceparent()}
