from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from urllib.parse import urlsplit

import psycopg
import pytest
from alembic import command
from psycopg import sql

from devservers.interface import Endpoints
from foodchassis.storage.migrations import configuration

PACKAGE = "delivery_service"
OLD_ROWS = """
    INSERT INTO drivers (id, name, vehicle, auto_accept, online, created_at)
    SELECT gen_random_uuid(), 'Mara', 'bicycle', false, true, now() FROM generate_series(1, 4);
    INSERT INTO deliveries (id, version, order_id, customer_id, restaurant_id, restaurant_name, status, driver_id,
        pickup, dropoff, delivery_fee, tip, currency, ready_at, created_at, delivered_at)
    SELECT gen_random_uuid(), 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'Ofen', status,
        CASE WHEN driven THEN (SELECT id FROM drivers OFFSET place LIMIT 1) END, '{}', '{}', 290, 150, 'EUR', now(),
        now() - interval '1 hour', CASE status WHEN 'delivered' THEN now() END
    FROM (VALUES ('searching', false, 0), ('offered', false, 0), ('assigned', true, 1), ('picked_up', true, 2),
        ('delivered', true, 3)) AS old (status, driven, place);
"""
STATE = """
    SELECT status, ended_at = delivered_at, searching_since = created_at, customer_erased,
        round(extract(epoch FROM due_at - now()) / 60)::int
    FROM deliveries LEFT JOIN deadlines ON subject = deliveries.id AND name = 'delivery.overdue' ORDER BY status
"""
TIMERS = """
    SELECT status, name, round(extract(epoch FROM due_at - now()) / 60)::int
    FROM deadlines JOIN deliveries ON id = subject ORDER BY status, name
"""


@contextmanager
def empty(url: str) -> Iterator[str]:
    name = f"test_upgrade_{token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def old_database(servers: Endpoints) -> Iterator[str]:
    """Yield a database of the first release, with a delivery in each of its states."""
    with empty(servers.postgres_url) as url:
        for revision in ("chassis_0001", "delivery_0001"):
            command.upgrade(configuration(PACKAGE, url), revision)
        with psycopg.connect(url) as database:
            database.execute(OLD_ROWS)
        yield url


def test_existing_rows_are_migrated_and_open_deliveries_get_a_timer(old_database: str) -> None:
    command.upgrade(configuration(PACKAGE, old_database), "heads")

    with psycopg.connect(old_database) as database:
        assert database.execute(STATE).fetchall() == [
            ("assigned", None, True, False, 3),
            ("delivered", True, True, False, None),
            ("offered", None, True, False, 15),
            ("picked_up", None, True, False, None),
            ("searching", None, True, False, 15),
        ]


def test_open_deliveries_get_a_timer_for_each_state(old_database: str) -> None:
    command.upgrade(configuration(PACKAGE, old_database), "delivery_0003")
    with psycopg.connect(old_database) as database:
        database.execute("UPDATE deliveries SET ready_at = now() + interval '10 min' WHERE status = 'assigned'")
        database.execute("UPDATE deliveries SET picked_up_at = now() - interval '1 h' WHERE status = 'picked_up'")

    command.upgrade(configuration(PACKAGE, old_database), "heads")

    with psycopg.connect(old_database) as database:
        assert database.execute(TIMERS).fetchall() == [
            ("assigned", "delivery.overdue", 3),
            ("assigned", "pickup.overdue", 40),
            ("offered", "delivery.overdue", 15),
            ("picked_up", "delivery.late", 30),
            ("picked_up", "delivery.lost", 120),
            ("searching", "delivery.overdue", 15),
        ]
        # A release with the new timers runs, and then the previous one again.
        database.execute("UPDATE deadlines SET name = 'search.over' WHERE name = 'delivery.overdue'")
        database.execute(
            "INSERT INTO deadlines (name, subject, due_at)"
            " SELECT 'delivery.overdue', id, now() FROM deliveries WHERE status = 'searching'"
        )
    command.downgrade(configuration(PACKAGE, old_database), "delivery_0003")
    with psycopg.connect(old_database) as database:
        assert database.execute(TIMERS).fetchall() == [
            ("assigned", "delivery.overdue", 3),
            ("offered", "delivery.overdue", 15),
            ("searching", "delivery.overdue", 15),
        ]


def test_the_downgrade_keeps_the_data_of_the_first_release(old_database: str) -> None:
    command.upgrade(configuration(PACKAGE, old_database), "heads")
    with psycopg.connect(old_database) as database:
        database.execute(
            "INSERT INTO deliveries (id, version, order_id, customer_id, restaurant_id, status, delivery_fee, tip,"
            " currency, customer_erased, created_at, searching_since, ended_at) SELECT gen_random_uuid(), 1,"
            " gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'cancelled', 0, 0, 'EUR', false, now(),"
            " now(), now()"
        )

    command.downgrade(configuration(PACKAGE, old_database), "delivery_0001")

    with psycopg.connect(old_database) as database:
        states = database.execute("SELECT status FROM deliveries ORDER BY status").fetchall()
    assert states == [("assigned",), ("delivered",), ("offered",), ("picked_up",), ("searching",)]


def test_tables_and_migrations_match(old_database: str) -> None:
    command.upgrade(configuration(PACKAGE, old_database), "heads")

    command.check(configuration(PACKAGE, old_database))
