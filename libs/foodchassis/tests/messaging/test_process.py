"""A decision is applied completely or not at all."""

import asyncio
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from messaging.counters import Counter, Counters
from sqlalchemy import func, select, text
from typing_extensions import override

from foodchassis import Database, UnprocessableError, process
from foodchassis.kernel import BusyError
from foodchassis.messaging import load
from foodchassis.storage import Statement, transaction_of
from foodchassis.storage.database import run
from foodchassis.storage.tables import deadlines, outbox
from foodchassis.testing import eventually


async def rows(database: Database, table: Any) -> int:
    async with database.transaction() as session:
        return int((await run(session, select(func.count()).select_from(table))).scalar_one())


async def value(database: Database, counter: UUID) -> int | None:
    async with database.engine.connect() as connection:
        found = await connection.execute(text("SELECT value FROM counters WHERE id = :id"), {"id": counter})
        return found.scalar_one_or_none()


async def raised(database: Database, counters: Counters, counter: UUID, trigger: str = "raise") -> Counter:
    async with database.begin() as transaction:
        return (await process(transaction, counters, counter, trigger, event=counter)).row


async def test_facts_event_and_timer_are_stored_together(database: Database, counters: Counters) -> None:
    counter = uuid4()

    assert (await raised(database, counters, counter)).value == 1
    assert (await raised(database, counters, counter)).value == 2

    assert await value(database, counter) == 2
    assert await rows(database, outbox) == 2
    assert await rows(database, deadlines) == 1
    assert counters.seen == [("raise", 1), ("raise", 2)]


async def test_a_stopped_timer_is_deleted(database: Database, counters: Counters) -> None:
    counter = uuid4()
    await raised(database, counters, counter)

    await raised(database, counters, counter, "stop")

    assert await rows(database, deadlines) == 0


async def test_a_refusal_stores_nothing(database: Database, counters: Counters) -> None:
    counter = uuid4()

    async def raise_and_be_refused() -> None:
        async with database.begin() as transaction:
            await process(transaction, counters, counter, "raise", event=counter)
            await process(transaction, counters, counter, "refuse")

    with pytest.raises(UnprocessableError):
        await raise_and_be_refused()

    assert await value(database, counter) is None
    assert await rows(database, outbox) == 0
    assert counters.seen == []


async def test_a_database_error_stores_nothing(database: Database, counters: Counters) -> None:
    counter = uuid4()

    async def store_it_twice() -> None:
        async with database.begin() as transaction:
            await process(transaction, counters, counter, "raise", event=counter)
            await transaction.put(Statement("INSERT INTO counters (id, value) VALUES (%(id)s, 9)", {"id": counter}))

    with pytest.raises(psycopg.errors.UniqueViolation):
        await store_it_twice()

    assert await value(database, counter) is None
    assert counters.seen == []


async def test_a_locked_aggregate_is_busy_without_wait(database: Database, counters: Counters) -> None:
    counter = uuid4()
    await raised(database, counters, counter)
    async with database.begin() as holder:
        await load(holder, counters, counter)
        with pytest.raises(BusyError):
            async with database.begin() as other:
                await process(other, counters, counter, "raise", wait=False)

    assert await value(database, counter) == 1


class WithNotes(Counters):
    """Counters whose facts are in two tables: the value, and the number of all published events."""

    @override
    def look(self, key: UUID, by: str) -> Statement:
        facts = "SELECT id, value + 100 * (SELECT count(*) FROM outbox)::int FROM counters"
        return Statement(f"{facts} WHERE {by} = %(key)s", {"key": key})


async def test_waiting_for_a_lock_reads_the_holders_changes_in_other_tables(database: Database) -> None:
    counters, counter = WithNotes(), uuid4()
    await raised(database, counters, counter)

    async def wait_for_it() -> Counter | None:
        async with database.begin() as other:
            return await load(other, counters, counter)

    async with database.begin() as holder:
        await process(holder, counters, counter, "raise")
        await holder.send()
        waiting = asyncio.create_task(wait_for_it())
        await eventually(partial(waits, database))

    assert await waiting == Counter(counter, 100 + 1 + 1 + 200)


async def test_an_aggregate_that_is_not_locked_is_not_read(database: Database) -> None:
    counters, counter = WithNotes(), uuid4()
    async with database.begin() as transaction:
        assert await load(transaction, counters, counter) is None
    await raised(database, counters, counter)

    async with database.begin() as holder, database.begin() as other:
        await load(holder, counters, counter)
        with pytest.raises(BusyError):
            await load(other, counters, counter, wait=False)


async def waits(database: Database) -> bool:
    async with database.engine.connect() as connection:
        locked = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return (await connection.execute(text(locked))).first() is not None


async def test_an_orm_session_and_process_share_a_transaction(database: Database, counters: Counters) -> None:
    counter = uuid4()
    async with database.transaction() as session:
        await process(await transaction_of(session), counters, counter, "raise", event=counter)
        seen = await run(session, select(func.count()).select_from(outbox))
        assert seen.scalar_one() == 1

    assert await value(database, counter) == 1
    assert counters.seen == [("raise", 1)]


async def test_a_failed_orm_session_rolls_back_process(database: Database, counters: Counters) -> None:
    counter = uuid4()

    async def fail_afterwards() -> None:
        async with database.transaction() as session:
            await process(await transaction_of(session), counters, counter, "raise", event=counter)
            raise RuntimeError("after")

    with pytest.raises(RuntimeError, match="after"):
        await fail_afterwards()

    assert await value(database, counter) is None
    assert counters.seen == []


async def test_a_lock_and_its_claim_are_one_round_trip_and_the_commit_the_other(
    database: Database, counters: Counters
) -> None:
    counter = uuid4()
    await raised(database, counters, counter)
    async with database.begin() as transaction:
        await transaction.put(Statement("SELECT 1"))
        assert transaction.connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
        await process(transaction, counters, counter, "raise")
        assert await value(database, counter) == 1, "what is decided waits for the commit"

    assert await value(database, counter) == 2
