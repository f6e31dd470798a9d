"""Invariant 3: an order's history is a path through its machines, version by version."""

from collections import Counter
from typing import Any

from foodctl.verify.check import Found
from foodctl.verify.places import Look
from foodctl.verify.report import Violation
from order_service.machine import KITCHEN, ORDER

_GAPS = """
    SELECT id AS subject, format('version %s, history %s to %s, %s steps', version, first, last, steps) AS detail
    FROM orders LEFT JOIN (
        SELECT order_id, min(version) AS first, max(version) AS last, count(*) AS steps
        FROM order_history GROUP BY order_id
    ) told ON order_id = id
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
    """Compare every step that was ever taken with the tables that code runs from."""
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
    """Tell whether both machines allow a step of the history, whatever their guards said then."""
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
    told = {getattr(step.emits, "routing_key", None) for step in status}
    told |= {getattr(step.emits, "routing_key", None) for step in kitchen}
    return row.came_from == row.from_status and bool(status or stays) and bool(kitchen or rests) and row.event in told
