"""Events that wait at the same time are committed together, and a failed one does not affect the others."""

import asyncio
from contextvars import ContextVar
from functools import partial
from uuid import UUID, uuid4

import pytest
from messaging.counters import Counters

from foodchassis import Database, UnprocessableError, process
from foodchassis.messaging import opening
from foodchassis.messaging.lane import Lane
from foodchassis.storage import Statement, Transaction

VALUE = "SELECT value FROM counters WHERE id = %(id)s"
whose: ContextVar[str] = ContextVar("whose")


class Work:
    """Raises counters, and records the transactions."""

    def __init__(self, counters: Counters) -> None:
        self.counters = counters
        self.transactions: list[int] = []

    async def __call__(self, counter: object, trigger: str, transaction: Transaction) -> None:
        (((number,),),) = await transaction.send(Statement("SELECT pg_current_xact_id()::text::bigint"))
        self.transactions.append(number)
        await process(transaction, self.counters, counter, trigger, event=counter)  # type: ignore[arg-type]


@pytest.fixture
def lane(database: Database) -> Lane:
    return Lane(database)


@pytest.fixture
def work(counters: Counters) -> Work:
    return Work(counters)


async def values(database: Database, *counters: object) -> list[int]:
    async with database.begin() as transaction:
        return [row[0] for one in counters for row in (await transaction.send(Statement(VALUE, {"id": one})))[0]]


async def test_waiting_events_are_committed_together(database: Database, lane: Lane, work: Work) -> None:
    counters = [uuid4() for _ in range(20)]

    await asyncio.gather(*(lane.do(partial(work, one, "raise")) for one in counters))

    assert await values(database, *counters) == [1] * 20
    assert len(set(work.transactions)) < 5


async def test_events_of_one_row_see_each_others_changes(database: Database, lane: Lane, work: Work) -> None:
    counter = uuid4()

    await asyncio.gather(*(lane.do(partial(work, counter, "raise")) for _ in range(20)))

    assert await values(database, counter) == [20]


async def test_a_failed_event_does_not_affect_others(database: Database, lane: Lane, work: Work) -> None:
    counters = [uuid4() for _ in range(10)]
    triggers = ["refuse" if number == 4 else "raise" for number in range(10)]

    ended = await asyncio.gather(
        *(lane.do(partial(work, one, trigger)) for one, trigger in zip(counters, triggers, strict=True)),
        return_exceptions=True,
    )

    assert [type(one) for one in ended if one is not None] == [UnprocessableError]
    assert isinstance(ended[4], UnprocessableError)
    assert await values(database, *counters) == [1] * 9


async def test_an_event_that_fails_alone_is_tried_once(lane: Lane, work: Work) -> None:
    with pytest.raises(UnprocessableError):
        await lane.do(partial(work, uuid4(), "refuse"))

    assert len(work.transactions) == 1


async def test_a_locked_row_does_not_delay_other_events(database: Database, lane: Lane, work: Work) -> None:
    held, free = uuid4(), [uuid4() for _ in range(5)]
    await lane.do(partial(work, held, "raise"))

    async with database.begin() as holder:
        await holder.send(Statement("SELECT FROM counters WHERE id = %(id)s FOR UPDATE", {"id": held}))
        waiting = asyncio.create_task(lane.do(partial(work, held, "raise")))
        # Much less than the usual lock time-out, and than the lane's own limit.
        async with asyncio.timeout(2):
            await asyncio.gather(*(lane.do(partial(work, one, "raise")) for one in free))
        assert not waiting.done()

    await waiting
    assert await values(database, held, *free) == [2, 1, 1, 1, 1, 1]


async def test_calls_after_a_commit_have_the_context_of_their_work(database: Database, lane: Lane) -> None:
    seen: list[tuple[str, str]] = []

    async def note(name: str) -> None:
        async def work(transaction: Transaction) -> None:
            transaction.after_commit(lambda: seen.append((name, whose.get())))

        whose.set(name)
        await lane.do(work)

    await asyncio.gather(*(asyncio.create_task(note(name)) for name in "abc"))

    assert seen == [("a", "a"), ("b", "b"), ("c", "c")]


async def test_a_cancelled_event_does_not_delay_others(database: Database, lane: Lane, work: Work) -> None:
    counters = [uuid4() for _ in range(3)]
    tasks = [asyncio.create_task(lane.do(partial(work, one, "raise"))) for one in counters]
    await asyncio.sleep(0)

    tasks[0].cancel()

    await asyncio.gather(*tasks[1:])
    assert await values(database, *counters[1:]) == [1, 1]
    assert tasks[0].cancelled()


async def test_rows_are_read_ahead_and_never_stale(database: Database, lane: Lane, counters: Counters) -> None:
    same, others = uuid4(), [uuid4() for _ in range(8)]
    sent: list[int] = []

    async def work(counter: UUID, transaction: Transaction) -> None:
        await process(transaction, counters, counter, "raise", event=counter)
        sent.append(len(transaction.read_ahead))

    async def raised(counter: UUID) -> None:
        await lane.do(partial(work, counter), opening(counters, counter))

    await asyncio.gather(*(raised(one) for one in [same, *others, same, same]))
    await asyncio.gather(*(raised(one) for one in [same, *others, same, same]))

    assert await values(database, same, *others) == [6, *[2] * 8]
    assert max(sent) > 1


async def test_changes_of_earlier_events_are_read(database: Database, lane: Lane, counters: Counters) -> None:
    one, other = uuid4(), uuid4()

    async def both(transaction: Transaction) -> None:
        for counter in (one, other):
            await process(transaction, counters, counter, "raise", event=counter)

    async def raised(counter: UUID) -> None:
        work = partial(process, aggregate=counters, key=counter, trigger="raise", event=counter)
        await lane.do(work, opening(counters, counter))  # type: ignore[arg-type]

    await asyncio.gather(raised(one), raised(other), lane.do(both), raised(one), lane.do(both))

    assert await values(database, one, other) == [4, 3]


async def test_endless_work_does_not_delay_others_for_long(
    database: Database, lane: Lane, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foodchassis.messaging.lane.SECONDS", 0.2)
    counters = [uuid4() for _ in range(3)]

    async def endless(_: Transaction) -> None:
        await asyncio.Event().wait()

    stuck = asyncio.create_task(lane.do(endless))
    await asyncio.gather(*(lane.do(partial(work, one, "raise")) for one in counters))

    assert await values(database, *counters) == [1, 1, 1]
    assert not stuck.done()
    stuck.cancel()
    await asyncio.gather(stuck, return_exceptions=True)
