"""Statements in one round trip, and the state of the connection after an error."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from foodchassis.storage.pipeline import Pipeline, compiled
from foodchassis.testing import eventually

ONE: tuple[str, dict[str, int]] = ("SELECT 1", {})
HERE: tuple[str, dict[str, int]] = ("CREATE TEMPORARY TABLE IF NOT EXISTS here (id int PRIMARY KEY)", {})


def plain(url: str) -> str:
    """Return a URL for psycopg, without SQLAlchemy's driver name."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def insert(number: int) -> tuple[str, dict[str, int]]:
    return "INSERT INTO here VALUES (%(number)s)", {"number": number}


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    async with await psycopg.AsyncConnection.connect(plain(database_url)) as opened:
        yield opened


@pytest.fixture
def pipeline(connection: psycopg.AsyncConnection[Any]) -> Pipeline:
    return Pipeline.of(connection, shared=False)


async def prepared(connection: psycopg.AsyncConnection[Any]) -> int:
    cursor = await connection.execute("SELECT count(*) FROM pg_prepared_statements", prepare=False)
    return int((await cursor.fetchone() or [0])[0])


def test_each_name_becomes_one_number() -> None:
    assert compiled("SELECT %(a)s, %(b)s, %(a)s LIKE '%%x'") == (b"SELECT $1, $2, $1 LIKE '%x'", ("a", "b"))


async def test_each_statement_gets_its_own_rows(pipeline: Pipeline) -> None:
    found = await pipeline.run([ONE, ("SELECT generate_series(1, 3)", {}), ("SELECT 1 WHERE false", {})])

    assert found == [[(1,)], [(1,), (2,), (3,)], []]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uuid", uuid4()),
        ("text", "Grüße, %s \\ 'x' \x01"),
        ("bytea", b"\x00\xff"),
        ("int8", 2**40),
        ("bool", True),
        ("float8", 0.1),
        ("timestamptz", datetime(2026, 11, 27, 7, 0, 0, 1, tzinfo=UTC)),
        ("text", None),
        ("uuid[]", [uuid4(), uuid4()]),
        ("text[]", ["a", None, 'q"uote', "comma, brace}"]),
        ("bytea[]", [b"\x00", b"{}"]),
        ("float8[]", [0.5, 2.0]),
        ("text[]", []),
    ],
)
async def test_a_value_is_returned_unchanged(pipeline: Pipeline, kind: str, value: object) -> None:
    assert await pipeline.run([(f"SELECT %(value)s::{kind}", {"value": value})]) == [[(value,)]]


async def test_a_large_batch_is_sent_and_read_whole(pipeline: Pipeline) -> None:
    large = "x" * 1_000_000

    found = await pipeline.run([("SELECT %(text)s::text", {"text": large})] * 30)

    assert all(rows == [(large,)] for rows in found)


async def test_a_statement_is_prepared_once(pipeline: Pipeline, connection: psycopg.AsyncConnection[Any]) -> None:
    await pipeline.run([HERE])
    for number in range(5):
        await pipeline.run([insert(number)])

    assert await prepared(connection) == 2


async def test_it_is_still_prepared_after_a_rollback(
    pipeline: Pipeline, connection: psycopg.AsyncConnection[Any]
) -> None:
    await pipeline.run([HERE, insert(1)], commit=True)
    await pipeline.run([insert(2)])
    await connection.rollback()

    assert await pipeline.run([insert(2), ("SELECT count(*) FROM here", {})]) == [[], [(2,)]]


async def test_nothing_is_prepared_behind_a_pooler(connection: psycopg.AsyncConnection[Any]) -> None:
    connection.prepare_threshold = None
    await Pipeline.of(connection, shared=False).run([ONE, ONE])

    assert await prepared(connection) == 0


async def test_a_shared_connection_may_use_cursors_between(connection: psycopg.AsyncConnection[Any]) -> None:
    shared = Pipeline.of(connection, shared=True)
    for _ in range(7):
        await connection.execute("SELECT 2")
        assert await shared.run([ONE]) == [[(1,)]]
        await connection.rollback()


async def test_the_first_error_is_raised_and_nothing_is_committed(
    pipeline: Pipeline, connection: psycopg.AsyncConnection[Any]
) -> None:
    await pipeline.run([HERE, insert(1)], commit=True)

    with pytest.raises(psycopg.errors.UniqueViolation):
        await pipeline.run([insert(2), insert(1), ("SELECT 1 / 0", {})], commit=True)

    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
    await connection.rollback()
    assert await pipeline.run([("SELECT id FROM here", {})]) == [[(1,)]]


async def test_a_statement_that_cannot_be_prepared_is_prepared_when_it_can(
    pipeline: Pipeline, connection: psycopg.AsyncConnection[Any]
) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        await pipeline.run([ONE, insert(1), insert(2)])
    await connection.rollback()

    await pipeline.run([HERE], commit=True)
    assert await pipeline.run([insert(1), ("SELECT id FROM here", {})]) == [[], [(1,)]]


async def test_a_commit_without_statements_does_nothing(
    pipeline: Pipeline, connection: psycopg.AsyncConnection[Any]
) -> None:
    notices: list[object] = []
    connection.add_notice_handler(notices.append)

    assert await pipeline.run([], commit=True) == []
    assert notices == []


async def test_a_connection_cancelled_in_a_round_trip_is_discarded(
    pipeline: Pipeline, connection: psycopg.AsyncConnection[Any], database_url: str
) -> None:
    asked = asyncio.create_task(pipeline.run([("SELECT pg_sleep(60)", {})]))
    async with await psycopg.AsyncConnection.connect(plain(database_url), autocommit=True) as other:

        async def runs() -> bool:
            found = await other.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            return await found.fetchone() is not None

        await eventually(runs)

    asked.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asked
    assert connection.closed


async def test_a_closed_connection_raises_an_operational_error(
    pipeline: Pipeline, connection: psycopg.AsyncConnection[Any], database_url: str
) -> None:
    await pipeline.run([ONE], commit=True)
    async with await psycopg.AsyncConnection.connect(plain(database_url)) as other:
        await other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])

    with pytest.raises(psycopg.OperationalError):
        await pipeline.run([ONE])


async def test_a_commit_after_an_error_fails(pipeline: Pipeline, connection: psycopg.AsyncConnection[Any]) -> None:
    await pipeline.run([HERE], commit=True)
    with pytest.raises(psycopg.errors.DivisionByZero):
        await pipeline.run([insert(1), ("SELECT 1 / 0", {})])

    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        await pipeline.run([], commit=True)

    assert await pipeline.run([("SELECT id FROM here", {})]) == [[]]
