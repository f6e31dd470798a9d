"""Payments stored before refunds and settlements still work."""

from uuid import UUID

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from devservers.interface import Endpoints
from foodchassis.storage.migrations import configuration, upgrade
from payment_service.models import metadata

BEFORE = """
INSERT INTO payments (id, order_id, customer_id, amount, currency, status, hold, version, created_at, updated_at)
VALUES (%(id)s, gen_random_uuid(), gen_random_uuid(), 500, 'EUR', 'captured', 'h', 3, now(), now());
INSERT INTO ledger_transactions (id, payment_id, kind, currency, at)
VALUES (%(id)s, %(id)s, 'capture', 'EUR', '2026-01-02T03:04:05Z');
INSERT INTO ledger_entries VALUES (%(id)s, 'customer', -500), (%(id)s, 'platform_clearing', 500)
"""
PAYMENT = UUID("01a203b4-c6ce-73ef-8e3f-1ef563390320")


@pytest.fixture
def database_before_migration(database_url: str) -> str:
    """Return the test's database in its state before this migration."""
    command.downgrade(configuration("payment_service", database_url), "payment_0001")
    return database_url


def test_existing_payments_keep_their_amounts_and_can_be_refunded(
    database_before_migration: str, servers: Endpoints
) -> None:
    with psycopg.connect(database_before_migration) as before:
        for statement in BEFORE.split(";"):
            before.execute(statement, {"id": PAYMENT})

    upgrade("payment_service", database_before_migration)
    upgrade("payment_service", database_before_migration)

    with psycopg.connect(database_before_migration) as after:
        row = after.execute("SELECT refunded, captured_at::text, restaurant_id, version FROM payments").fetchone()
        assert row == (0, "2026-01-02 03:04:05+00", None, 3)
        after.execute("UPDATE payments SET status = 'partially_refunded', refunded = 100")


def test_tables_match_the_models(database_url: str) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        options = {"include_object": lambda _, name, kind, *__: kind != "table" or name in metadata.tables}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()

    assert differences == []
