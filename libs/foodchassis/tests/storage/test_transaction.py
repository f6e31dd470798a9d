"""Queued statements are sent with the next round trip; a check gets its rows before the commit."""

from typing import Any
from uuid import uuid4

import pytest

from foodchassis import Database
from foodchassis.storage import Rows, Statement, Transaction
from foodchassis.storage.pipeline import Pipeline

WRITE = "INSERT INTO reviews (id, order_id, customer_id) VALUES (%(id)s, %(order_id)s, %(customer_id)s)"
COUNT = Statement("SELECT count(*) FROM reviews")


class RefusedError(Exception):
    """A check refused the rows."""


def written() -> Statement:
    return Statement(WRITE, {"id": uuid4(), "order_id": uuid4(), "customer_id": uuid4()})


@pytest.fixture
def exchanges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """Record each round trip: the number of statements, and whether it commits."""
    seen = list[tuple[int, bool]]()
    run = Pipeline.run

    async def noted(self: Pipeline, batch: Any, *, commit: bool = False) -> Any:
        seen.append((len(batch), commit))
        return await run(self, batch, commit=commit)

    monkeypatch.setattr(Pipeline, "run", noted)
    return seen


async def count(database: Database) -> int:
    async with database.plain() as transaction:
        [[(found,)]] = await transaction.send(COUNT)
    return int(found)


async def test_queued_statements_are_sent_with_the_commit(
    database: Database, exchanges: list[tuple[int, bool]]
) -> None:
    async with database.plain() as transaction:
        await transaction.put(written(), written())
        assert exchanges == []

    assert exchanges == [(2, True)]
    assert await count(database) == 2


async def test_queued_statements_are_sent_first(database: Database, exchanges: list[tuple[int, bool]]) -> None:
    async with database.plain() as transaction:
        await transaction.put(written())
        found = await transaction.send(COUNT, Statement("SELECT 7"))

    assert found == [[(1,)], [(7,)]]
    assert exchanges == [(2 + 1, False), (0, True)]


async def test_a_check_runs_before_the_commit(database: Database, exchanges: list[tuple[int, bool]]) -> None:
    seen = list[Rows]()
    async with database.plain() as transaction:
        await transaction.put(written(), COUNT._replace(check=seen.append))

    assert seen == [[(1,)]]
    assert exchanges == [(2, False), (0, True)]


async def test_a_failed_check_rolls_back_everything(database: Database) -> None:
    def refuse(rows: Rows) -> None:
        raise RefusedError(str(rows))

    with pytest.raises(RefusedError, match=r"\[\(1,\)\]"):
        async with database.plain() as transaction:
            await transaction.put(written(), COUNT._replace(check=refuse))

    assert await count(database) == 0


async def test_rows_read_ahead_are_returned_once_without_a_round_trip(
    database: Database, exchanges: list[tuple[int, bool]]
) -> None:
    one, two = (Statement("SELECT %(n)s::int", {"n": n}) for n in (1, 2))
    async with database.plain() as transaction:
        await transaction.send_ahead(one, two)
        ahead = [await transaction.send(two), await transaction.send(one)]
        assert len(exchanges) == 1
        again = await transaction.send(one)

    assert ahead == [[[(2,)]], [[(1,)]]]
    assert again == [[(1,)]]
    assert [size for size, _ in exchanges] == [2, 1, 0]


async def test_other_statements_are_sent(database: Database, exchanges: list[tuple[int, bool]]) -> None:
    async with database.plain() as transaction:
        await transaction.send_ahead(Statement("SELECT 1"))
        assert await transaction.send(Statement("SELECT 2")) == [[(2,)]]

    assert [size for size, _ in exchanges] == [1, 1, 0]


async def test_the_last_statements_are_committed_in_their_round_trip(
    database: Database, exchanges: list[tuple[int, bool]]
) -> None:
    async with database.plain() as transaction:
        await transaction.put(written())
        assert await transaction.finish(COUNT) == [[(1,)]]
        assert exchanges == [(2, True)]
        assert await count(database) == 1


async def test_with_a_shared_connection_the_session_commits(
    database: Database, exchanges: list[tuple[int, bool]]
) -> None:
    async with database.plain() as plain:
        shared = Transaction(plain.connection, plain.resources, [], shared=True)
        await shared.finish(written())
        assert exchanges == [(1, False)]
        assert await count(database) == 0


async def test_with_a_shared_connection_nothing_is_queued(
    database: Database, exchanges: list[tuple[int, bool]]
) -> None:
    async with database.plain() as plain:
        shared = Transaction(plain.connection, plain.resources, [], shared=True)
        await shared.put(written())
        assert [size for size, _ in exchanges] == [1]


def refuse(_: Rows) -> None:
    raise RefusedError


async def refused_after_reading_ahead(database: Database) -> None:
    async with database.plain() as transaction:
        await transaction.send_ahead(COUNT)
        await transaction.put(written(), Statement("SELECT 1", {}, refuse))


async def test_a_check_runs_before_the_commit_when_rows_were_read_ahead(database: Database) -> None:
    with pytest.raises(RefusedError):
        await refused_after_reading_ahead(database)

    assert await count(database) == 0


async def test_a_statement_with_a_check_is_not_committed_in_the_same_round_trip(database: Database) -> None:
    async with database.plain() as transaction:
        with pytest.raises(ValueError, match="after the commit"):
            await transaction.send(Statement("SELECT 1", {}, refuse), commit=True)
