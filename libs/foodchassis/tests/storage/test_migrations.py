"""The chassis's tables, created and migrated."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

import psycopg
import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from psycopg import sql
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from devservers.interface import Endpoints
from devservers.testing.killing import until
from foodchassis.storage.migrations import LOCK, configuration, current, rename, scripts, upgrade

PACKAGE = "review_service"
WAITS = """
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'advisory' AND query_start < now() - interval '200 ms'
"""
COUNTED = "SELECT (SELECT count(*) FROM outbox_counted), (SELECT count(*) FROM outbox_published)"


@pytest.fixture
def empty(servers: Endpoints) -> Iterator[str]:
    name = f"test_chassis_{token_hex(6)}"
    with psycopg.connect(servers.postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(servers.postgres_url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_a_new_database_counts_from_the_first_event(empty: str) -> None:
    upgrade(PACKAGE, empty)

    with psycopg.connect(empty) as database:
        assert database.execute(COUNTED).fetchone() == (0, 0)


@pytest.mark.parametrize("revision", ["chassis_0001", "chassis_0002"])
def test_a_database_with_earlier_events_begins_to_count(empty: str, revision: str) -> None:
    command.upgrade(configuration(PACKAGE, empty), revision)
    if revision == "chassis_0002":
        with psycopg.connect(empty) as database:
            database.execute("INSERT INTO outbox_published VALUES ('order.paid', 3)")

    upgrade(PACKAGE, empty)

    with psycopg.connect(empty) as database:
        assert database.execute(COUNTED).fetchone() == (1, 0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foodchassis.storage.migrations.LOCK_TIMEOUT", "50ms")


@pytest.mark.usefixtures("impatient")
def test_a_migration_of_a_locked_table_is_retried(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command.upgrade(configuration(PACKAGE, empty), "chassis_0001")
    with psycopg.connect(empty) as holder:
        holder.execute("LOCK TABLE deadlines")
        monkeypatch.setattr("foodchassis.storage.migrations.time.sleep", lambda _: holder.rollback())
        upgrade(PACKAGE, empty)

    assert current(PACKAGE, empty)


@pytest.mark.usefixtures("impatient")
def test_a_migration_of_a_permanently_locked_table_changes_nothing(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command.upgrade(configuration(PACKAGE, empty), "chassis_0001")
    monkeypatch.setattr("foodchassis.storage.migrations.time.sleep", lambda _: None)
    with psycopg.connect(empty) as holder:
        holder.execute("LOCK TABLE deadlines")
        with pytest.raises(TimeoutError, match="end their transactions and try again"):
            upgrade(PACKAGE, empty)

    assert not current(PACKAGE, empty)


@pytest.mark.usefixtures("impatient")
def test_a_migration_waits_for_another_without_a_timeout(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foodchassis.storage.migrations.TRIES", 1)
    with ThreadPoolExecutor() as threads, psycopg.connect(empty, autocommit=True) as another:
        another.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        migration = threads.submit(upgrade, PACKAGE, empty)
        until(lambda: migration.done() or another.execute(WAITS).rowcount)
        assert not migration.done()
        another.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        migration.result()

    assert current(PACKAGE, empty)


def test_tables_and_migrations_match(empty: str) -> None:
    upgrade(PACKAGE, empty)

    command.check(configuration(PACKAGE, empty))


def test_an_empty_database_is_not_current(empty: str) -> None:
    assert not current(PACKAGE, empty)


def test_a_database_with_the_chassis_tables_only_is_not_current(empty: str) -> None:
    command.upgrade(configuration(PACKAGE, empty), "chassis_0001")

    assert not current(PACKAGE, empty)


def test_a_database_with_newer_migrations_is_current(empty: str) -> None:
    upgrade(PACKAGE, empty)
    with psycopg.connect(empty) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999' WHERE version_num NOT LIKE 'chassis%'")

    assert current(PACKAGE, empty)


def test_waiting_ends_when_another_process_has_migrated(empty: str, tmp_path: Path) -> None:
    # By a secrets directory and the service's name with dashes, as in a cluster.
    (tmp_path / "DATABASE_URL").write_text(empty)
    argv = [sys.executable, "-m", "foodchassis.storage.migrations", PACKAGE.replace("_", "-"), "--wait"]
    environment = {"SECRETS_DIR": str(tmp_path), "PYTHONPATH": str(scripts(PACKAGE).parent / "src")}

    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == f"waiting for the migrations of {PACKAGE}\n"
        upgrade(PACKAGE, empty)

        assert waiting.wait(timeout=100) == 0


def test_constraints_and_indexes_are_renamed_and_back(empty: str) -> None:
    # From PostgreSQL 18 on, NOT NULL is a constraint with a name, too.
    names = """
        SELECT conname FROM pg_constraint WHERE conrelid = 'notes'::regclass AND contype <> 'n'
        UNION SELECT indexname FROM pg_indexes
    """
    ours = f"SELECT conname FROM ({names}) AS one WHERE conname LIKE '%notes%' ORDER BY 1"
    engine = create_engine(make_url(empty).set(drivername="postgresql+psycopg"))

    def found() -> list[str]:
        return [str(name) for (name,) in connection.execute(text(ours))]

    with engine.connect() as connection, Operations.context(MigrationContext.configure(connection)):
        connection.execute(text("CREATE TABLE notes (id int, size int, CONSTRAINT pk_notes PRIMARY KEY (id))"))
        connection.execute(text("CREATE INDEX ix_notes ON notes (size)"))
        before = found()
        for back, after in ((False, ["notes_pkey", "notes_size_idx"]), (True, before)):
            rename({"notes": {"pk_notes": "notes_pkey"}}, {"ix_notes": "notes_size_idx"}, back=back)
            assert found() == after
    engine.dispose()
