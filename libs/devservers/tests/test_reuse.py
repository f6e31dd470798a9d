from collections.abc import Iterator

import psycopg
import pytest

from devservers.interface import Endpoints
from devservers.testing.reuse import ReusedDatabase
from foodchassis.testing.databases import Templates

PACKAGE = "review_service"
# Tables that refer to each other, one whose rows cannot be deleted, and a large one.
TABLES = """
    CREATE TABLE houses (id int PRIMARY KEY);
    CREATE TABLE rooms (house int NOT NULL REFERENCES houses ON DELETE RESTRICT);
    CREATE TABLE kept (id int);
    CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append-only'; END $$;
    CREATE TRIGGER keep BEFORE DELETE ON kept FOR EACH STATEMENT EXECUTE FUNCTION refused();
    CREATE TABLE large (words text);
"""
ROWS = """
    INSERT INTO houses VALUES (1);
    INSERT INTO rooms VALUES (1);
    INSERT INTO kept VALUES (1);
    INSERT INTO large SELECT repeat('word ', 100) FROM generate_series(1, 1000);
"""
EVENT = "INSERT INTO outbox (event_id, routing_key, body) VALUES (gen_random_uuid(), 'a.thing', '{}') RETURNING id"


@pytest.fixture(scope="module")
def lender(servers: Endpoints) -> Iterator[Templates]:
    templates = Templates(servers.postgres_url)
    yield templates
    templates.close()


def test_a_database_is_reused_and_emptied(lender: Templates) -> None:
    numbers = []
    urls = set()
    for _ in range(2):
        with lender.lend(PACKAGE) as url, psycopg.connect(url, autocommit=True) as connection:
            urls.add(url)
            numbers.append(connection.execute(EVENT).fetchall())

    assert len(urls) == 1
    assert numbers[0] == numbers[1]


def test_every_kind_of_table_is_emptied(lender: Templates) -> None:
    with lender.copy(PACKAGE) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES)
        database = ReusedDatabase(url)
        connection.execute(ROWS)

        assert database.clean()

        with psycopg.connect(url) as later:
            left = later.execute("SELECT 1 FROM houses UNION SELECT 2 FROM rooms UNION SELECT 3 FROM kept")
            assert left.fetchall() == []
            assert later.execute("SELECT pg_relation_size('large')").fetchone() == (0,)
        database.close()


def test_concurrent_tests_get_separate_databases(lender: Templates) -> None:
    with lender.lend(PACKAGE) as one, lender.lend(PACKAGE) as other:
        assert one != other


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE reviews ADD COLUMN mood text",
        "CREATE INDEX more ON reviews (stars)",
        "DROP TABLE reviews",
        "CREATE SCHEMA other CREATE TABLE things (id int)",
        "DELETE FROM alembic_version",
        "ALTER TABLE reviews ADD CONSTRAINT few CHECK (stars < 3)",
    ],
)
def test_a_database_with_schema_changes_is_discarded(lender: Templates, change: str) -> None:
    with lender.lend(PACKAGE) as changed, psycopg.connect(changed) as connection:
        connection.execute(change.encode())

    with lender.lend(PACKAGE) as url, psycopg.connect(url) as connection:
        assert url != changed
        assert connection.execute("SELECT count(*) FROM reviews").fetchone() == (0,)


def test_an_open_connection_with_a_lock_is_closed(lender: Templates) -> None:
    with lender.lend(PACKAGE) as url:
        left = psycopg.connect(url)
        left.execute(EVENT)

    with lender.lend(PACKAGE) as again, psycopg.connect(again) as connection:
        assert again == url
        assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT")
