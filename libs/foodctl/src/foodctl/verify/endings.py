"""Endings of orders: their histories, and no leftover deadlines or drivers."""

from collections import Counter
from typing import Any

from delivery_service.machine import DELIVERY
from foodctl.catalog import SERVICES
from foodctl.verify.check import Found, Query, Violation
from foodctl.verify.places import Look
from order_service.machine import KITCHEN, ORDER

_GAPS = """
    SELECT id AS subject, format('version %s, history %s to %s, %s steps', version, first, last, steps) AS detail
    FROM orders LEFT JOIN (
        SELECT order_id, min(version) AS first, max(version) AS last, count(*) AS steps
        FROM order_history GROUP BY order_id
    ) events ON order_id = id
    WHERE (first, last, steps) IS DISTINCT FROM (1, version, version::bigint)
"""
_OTHER_END = """
    SELECT id AS subject, format('%s/%s, history says %s/%s', status, orders.kitchen, to_status, last.kitchen) AS detail
    FROM orders JOIN order_history last ON order_id = id AND last.version = orders.version
    WHERE (status, orders.kitchen) <> (to_status, last.kitchen)
"""
_STEPS = """
    SELECT came_from, from_status, kitchen_before, trigger, to_status, kitchen, event, count(*) AS times,
        (array_agg(order_id))[1:100] AS orders
    FROM (
        SELECT *, lag(to_status) OVER path AS came_from, lag(kitchen) OVER path AS kitchen_before
        FROM order_history WINDOW path AS (PARTITION BY order_id ORDER BY version)
    ) steps
    GROUP BY came_from, from_status, kitchen_before, trigger, to_status, kitchen, event
"""


def histories(look: Look) -> Found:
    """Compare every recorded step with the tables of the state machines."""
    found = Found()
    for says, query in (("has gaps in its history", _GAPS), ("is not where its history ends", _OTHER_END)):
        found.violations += [
            Violation(3, str(row.subject), says, row.detail) for row in look.rows("order_service", query)
        ]
    steps: Counter[int] = Counter()
    for row in look.rows("order_service", _STEPS):
        steps[3] += row.times
        if not legal(row):
            detail = f"{row.from_status}/{row.kitchen_before} → {row.to_status}/{row.kitchen} by {row.trigger}"
            found.violations += [Violation(3, str(order), "took an illegal step", detail) for order in row.orders]
    found.checked = steps
    return found


def legal(row: Any) -> bool:
    """Return whether both machines allow a step of the history, ignoring guards."""
    status = [
        step
        for step in ORDER.steps
        if step.trigger == row.trigger and row.from_status in step.sources and step.target == row.to_status
    ]
    kitchen = [
        step
        for step in KITCHEN.steps
        if step.trigger == row.trigger and row.kitchen_before in step.sources and step.target == row.kitchen
    ]
    noted = any(step.emits is None for step in status)
    stays = row.to_status == row.from_status and row.trigger not in ORDER.triggers
    rests = row.kitchen == (row.kitchen_before or "waiting") and (noted or row.trigger not in KITCHEN.triggers)
    events = {getattr(step.emits, "routing_key", None) for step in status}
    events |= {getattr(step.emits, "routing_key", None) for step in kitchen}
    return row.came_from == row.from_status and bool(status or stays) and bool(kitchen or rests) and row.event in events


_ENDED = ", ".join(f"'{state}'" for state in sorted(ORDER.terminal))
_DELIVERIES_ENDED = ", ".join(f"'{state}'" for state in sorted(DELIVERY.terminal))
_OVERDUE = """
    SELECT subject, format('%s was due %s', name, due_at) AS detail
    FROM deadlines WHERE due_at < now() - interval '2 minutes'
"""
_TWICE = f"""
    SELECT order_id AS subject, string_agg(to_status, ', ' ORDER BY version) AS detail
    FROM order_history WHERE to_status IN ({_ENDED}) AND from_status IS DISTINCT FROM to_status
    GROUP BY order_id HAVING count(*) > 1
"""  # noqa: S608 - put together from constants alone
_WENT_ON = f"""
    SELECT order_id AS subject, format('%s at version %s', to_status, version) AS detail
    FROM order_history WHERE from_status IN ({_ENDED}) AND to_status <> from_status
"""  # noqa: S608 - the same
_NOBODY_WAITS = f"""
    SELECT orders.id AS subject, status AS detail FROM orders
    WHERE status NOT IN ({_ENDED}) AND NOT needs_attention
    AND NOT EXISTS (SELECT FROM deadlines WHERE subject = orders.id)
"""  # noqa: S608 - the same
_NOBODY_SEARCHES = f"""
    SELECT order_id AS subject, format('delivery %s', status) AS detail FROM deliveries
    WHERE status NOT IN ({_DELIVERIES_ENDED})
    AND NOT EXISTS (SELECT FROM deadlines WHERE subject = deliveries.id)
    AND NOT EXISTS (
        SELECT FROM offers JOIN deadlines ON subject = offers.id
        WHERE delivery_id = deliveries.id AND offers.status = 'open'
    )
"""  # noqa: S608 - the same
_STUCK = """
    SELECT id AS subject, status AS detail FROM orders WHERE needs_attention
"""
_TIMERS_OF_CANCELLED = """
    SELECT orders.id AS subject, name AS detail
    FROM orders JOIN deadlines ON subject = orders.id WHERE status = 'cancelled'
"""
_UNCONFIRMED = """
    SELECT id AS subject, format('payment %s, delivery %s', payment_closed, delivery_closed) AS detail
    FROM orders WHERE status = 'cancelled' AND NOT (payment_closed AND delivery_closed)
"""
_OFFERS_OF_CANCELLED = """
    SELECT order_id AS subject, format('offer %s of driver %s is %s', offers.id, offers.driver_id, offers.status) AS detail
    FROM deliveries JOIN offers ON delivery_id = deliveries.id
    WHERE deliveries.status = 'cancelled' AND offers.status IN ('open', 'accepted')
"""  # noqa: E501 - one statement
_SEARCHES_OF_CANCELLED = """
    SELECT order_id AS subject, name AS detail
    FROM deliveries JOIN deadlines ON subject = deliveries.id WHERE status = 'cancelled'
"""
_CANCELLED = "SELECT count(*) FROM {} WHERE status = 'cancelled'"

ENDINGS = (
    *(
        Query(2, one.package, "is past its deadline", _OVERDUE, "SELECT count(*) FROM deadlines")
        for one in SERVICES
        if one.has_database
    ),
    Query(2, "order_service", "ended more than once", _TWICE, "SELECT count(*) FROM orders"),
    Query(2, "order_service", "went on after its end", _WENT_ON),
    Query(2, "order_service", "waits without a deadline", _NOBODY_WAITS),
    Query(2, "delivery_service", "is open without a deadline", _NOBODY_SEARCHES),
    Query(2, "order_service", "is stuck and needs attention", _STUCK),
    Query(8, "order_service", "is cancelled and unconfirmed", _UNCONFIRMED, _CANCELLED.format("orders")),
    Query(8, "order_service", "is cancelled and has a timer", _TIMERS_OF_CANCELLED),
    Query(8, "delivery_service", "is cancelled and occupies a driver", _OFFERS_OF_CANCELLED),
    Query(8, "delivery_service", "is cancelled and being searched for", _SEARCHES_OF_CANCELLED),
)
