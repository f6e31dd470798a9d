"""Invariants 5 and 6 by the database's own word: every unique index that the code declares is there and valid."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import MetaData, UniqueConstraint

from delivery_service.models import metadata as deliveries
from foodctl.verify.check import Found
from foodctl.verify.places import Look
from foodctl.verify.report import Violation
from payment_service.models import metadata as payments

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
    """Compare what the code declares with what the databases have."""
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
