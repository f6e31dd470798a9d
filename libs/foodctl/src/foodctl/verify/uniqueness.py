"""Uniqueness, by rows and by indexes."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import MetaData, UniqueConstraint

from delivery_service.models import metadata as deliveries
from foodctl.verify.check import Found, Query, Violation
from foodctl.verify.places import Look
from payment_service.models import metadata as payments

_CAPTURES = """
    SELECT order_id AS subject, format('%s captures', count(*)) AS detail
    FROM payments JOIN ledger_transactions moved ON payment_id = payments.id
    WHERE kind = 'capture' GROUP BY order_id HAVING count(*) > 1
"""
_TAKEN = """
    SELECT coalesce(min(order_id::text), log.hold) AS subject, format('%s captures', count(*)) AS detail
    FROM provider_log log LEFT JOIN payments ON payments.hold = log.hold
    WHERE operation = 'capture' AND refusal IS NULL GROUP BY log.hold HAVING count(*) > 1
"""
_REFUNDS = """
    SELECT order_id AS subject, format('%s refunds for %s', count(*), cause) AS detail
    FROM refunds JOIN payments ON payments.id = payment_id
    GROUP BY order_id, payment_id, cause HAVING count(*) > 1
"""
_PAYMENTS = """
    SELECT order_id AS subject, format('%s payments', count(*)) AS detail
    FROM payments GROUP BY order_id HAVING count(*) > 1
"""
_DELIVERIES = """
    SELECT order_id AS subject, format('%s deliveries', count(*)) AS detail
    FROM deliveries GROUP BY order_id HAVING count(*) > 1
"""
_ACTIVE = """
    SELECT driver_id AS subject, string_agg(order_id::text, ', ') AS detail
    FROM deliveries WHERE status IN ('assigned', 'picked_up') GROUP BY driver_id HAVING count(*) > 1
"""
_ENGAGED = """
    SELECT order_id AS subject, string_agg(offers.driver_id::text, ', ') AS detail
    FROM offers JOIN deliveries ON deliveries.id = delivery_id
    WHERE offers.status IN ('open', 'accepted') GROUP BY order_id HAVING count(*) > 1
"""

UNIQUENESS = (
    Query(
        5, "payment_service", "was captured more than once", _CAPTURES,
        "SELECT count(*) FROM ledger_transactions WHERE kind = 'capture'",
    ),
    Query(5, "payment_service", "was taken more than once at the provider", _TAKEN),
    Query(
        5, "payment_service", "was refunded more than once for one cause", _REFUNDS, "SELECT count(*) FROM refunds"
    ),
    Query(5, "payment_service", "has more than one payment", _PAYMENTS),
    Query(6, "delivery_service", "has more than one delivery", _DELIVERIES, "SELECT count(*) FROM deliveries"),
    Query(6, "delivery_service", "has more than one active delivery", _ACTIVE),
    Query(6, "delivery_service", "engages more than one driver", _ENGAGED),
)  # fmt: skip


_DECLARED = ((5, "payment_service", payments), (6, "delivery_service", deliveries))
_UNIQUE = """
    SELECT relation.relname AS relation, indpred IS NOT NULL AS partial, array_agg(attname::text) AS columns
    FROM pg_index JOIN pg_class relation ON relation.oid = indrelid
    JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
    WHERE indisunique AND indisvalid AND relation.relnamespace = current_schema()::regnamespace
    GROUP BY indexrelid, relation.relname, indpred IS NOT NULL
"""
Unique = tuple[str, frozenset[str], bool]


def indexes(look: Look) -> Found:
    """Compare the unique indexes of the models with those of the databases."""
    found = Found(Counter())
    for invariant, package, metadata in _DECLARED:
        there = {(row.relation, frozenset(row.columns), row.partial) for row in look.rows(package, _UNIQUE)}
        wanted = set(_declared(metadata))
        found.checked[invariant] += len(wanted)
        found.violations += [
            Violation(invariant, _name(one), "is not held by a unique index") for one in wanted - there
        ]
    return found


def _declared(metadata: MetaData) -> Iterator[Unique]:
    for table in metadata.tables.values():
        for index in table.indexes:
            if index.unique:
                partial = index.dialect_options["postgresql"]["where"] is not None
                yield table.name, frozenset(column.name for column in index.columns), partial
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                yield table.name, frozenset(column.name for column in constraint.columns), False


def _name(unique: Unique) -> str:
    table, columns, partial = unique
    return f"{table}({', '.join(sorted(columns))}){' where …' if partial else ''}"
