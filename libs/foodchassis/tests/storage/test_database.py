"""A block is committed completely or not at all, and calls after a commit run only after it."""

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from review_service.models import Review
from sqlalchemy import select, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from foodchassis import Database, ServiceSettings, settings_of
from foodchassis import resources as resources_of
from foodchassis.kernel import Timer
from foodchassis.storage import Statement, chassis, connection_of, transaction_of
from foodchassis.storage import after_commit as after_commit_of
from foodchassis.storage.database import DOWN, run

WRITE = "INSERT INTO reviews (id, order_id, customer_id) VALUES (%(id)s, %(order_id)s, %(customer_id)s)"


def written(key: UUID) -> Statement:
    return Statement(WRITE, {"id": key, "order_id": uuid4(), "customer_id": uuid4()})


def review(key: UUID) -> Review:
    return Review(id=key, order_id=uuid4(), customer_id=uuid4())


async def broken(database: Database, way: str, call: Callable[[], None]) -> None:
    async with getattr(database, way)() as work:
        if way == "transaction":
            work.add(review(uuid4()))
            await work.flush()
            after_commit_of(work, call)
        else:
            await work.send(written(uuid4()))
            work.after_commit(call)
        raise RuntimeError("no")


async def stored(database: Database) -> set[UUID]:
    async with database.transaction() as session:
        return set((await run(session, select(Review.id))).scalars())  # type: ignore[call-overload]


def test_without_a_url_there_is_no_database() -> None:
    with pytest.raises(ValueError, match="DATABASE_URL is not set"):
        Database(ServiceSettings(service_name="tests", _env_file=None))


async def test_a_session_commits_at_the_end_of_its_block(database: Database) -> None:
    key = uuid4()
    async with database.transaction() as session:
        session.add(review(key))
        assert await stored(database) == set()

    assert await stored(database) == {key}


@pytest.mark.parametrize("way", ["begin", "serve", "plain"])
async def test_a_plain_transaction_commits_at_the_end_of_its_block(database: Database, way: str) -> None:
    key = uuid4()
    async with getattr(database, way)() as transaction:
        await transaction.put(written(key))

    assert await stored(database) == {key}


@pytest.mark.parametrize("way", ["begin", "serve", "plain", "transaction"])
async def test_a_failed_block_stores_nothing(database: Database, way: str) -> None:
    calls = list[str]()
    with pytest.raises(RuntimeError, match="no"):
        await broken(database, way, lambda: calls.append("made"))

    assert await stored(database) == set()
    assert calls == []


async def test_calls_after_a_commit_run_in_order(database: Database) -> None:
    calls = list[str]()
    async with database.transaction() as session:
        after_commit_of(session, lambda: calls.append("first"))
        (await transaction_of(session)).after_commit(lambda: calls.append("second"))
        assert calls == []

    assert calls == ["first", "second"]


async def test_a_sessions_transaction_is_one_and_the_same(database: Database) -> None:
    mine, plain = uuid4(), uuid4()
    async with database.transaction() as session:
        transaction = await transaction_of(session)
        assert await transaction_of(session) is transaction
        session.add(review(mine))
        await session.flush()
        [rows] = await transaction.send(Statement("SELECT id FROM reviews"))
        assert rows == [(mine,)]
        await transaction.put(written(plain))
        assert await stored(database) == set()

    assert await stored(database) == {mine, plain}


async def test_the_connection_below_a_session_is_in_its_transaction(database: Database) -> None:
    async with database.transaction() as session:
        connection = await connection_of(session)
        found = await (await connection.execute("SELECT txid_current()")).fetchone()
        assert found == ((await run(session, text("SELECT txid_current()"))).scalar_one(),)


async def test_a_session_has_the_resources_of_its_service(database: Database) -> None:
    async with database.transaction() as session:
        assert resources_of(session).settings.service_name == "tests"
        assert settings_of(session, ServiceSettings) is resources_of(session).settings


async def test_an_exhausted_pool_raises_soon(database: Database) -> None:
    async with database.transaction() as first, database.transaction() as second:
        await run(first, text("SELECT 1"))
        await run(second, text("SELECT 1"))
        with pytest.raises(PoolTimeoutError):
            async with database.transaction() as third:
                await run(third, text("SELECT 1"))


async def test_requests_over_their_limit_are_refused_and_messages_continue(database: Database) -> None:
    async with database.serve(), database.serve():
        # An error that means "try later": a request gets 503.
        with pytest.raises(DOWN):
            async with database.serve():
                pytest.fail("a third request got in")
        async with database.begin() as transaction:
            assert await transaction.send(Statement("SELECT 1")) == [[(1,)]]


async def test_messages_over_their_limit_wait(database: Database) -> None:
    ended = list[str]()

    async def message() -> None:
        async with database.begin():
            ended.append("second")

    async with database.begin():
        waiting = asyncio.create_task(message())
        async with database.serve() as request:
            await request.send(Statement("SELECT pg_sleep(0.05)"))
        assert ended == []
    await waiting

    assert ended == ["second"]


async def test_a_publish_wakes_all_waiters(database: Database) -> None:
    woken = list[int]()
    database.after_publishing(lambda: woken.append(1))
    database.after_publishing(lambda: woken.append(2))

    database.published()

    assert woken == [1, 2]


async def test_a_database_that_is_up_answers(app: FastAPI) -> None:
    assert await app.state.resources.get(Database).answers()


async def test_a_timer_is_found_by_index_in_a_table_without_statistics(database: Database) -> None:
    stop = chassis.stop_timers({Timer("slow", uuid4())})
    async with database.begin() as transaction:
        (plan,) = await transaction.send(Statement(f"EXPLAIN {stop.text}", stop.parameters))

    assert any("Index" in line for (line,) in plan)
    assert not any("Seq Scan" in line for (line,) in plan)


async def test_a_statement_with_arrays_is_planned_once(database: Database) -> None:
    which = "statement LIKE '%%DELETE FROM deadlines%%' AND statement NOT LIKE '%%pg_prepared%%'"
    counted = f"SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE {which}"
    async with database.begin() as transaction:
        for _ in range(7):
            await transaction.send(chassis.stop_timers({Timer("slow", uuid4())}))
        (plans,) = await transaction.send(Statement(counted))

    assert plans == [(7, 0)]
