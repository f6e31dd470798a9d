"""Effects are sent after the commit, at least once, with one outcome, and fairly between groups."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from messaging.counters import Counters
from sqlalchemy import func, select, text

from foodchassis import Database, Resources, UnprocessableError, process
from foodchassis.kernel import Effect, background
from foodchassis.kernel.events import Cause
from foodchassis.messaging import Effects
from foodchassis.messaging.handlers import EffectHandler
from foodchassis.storage import Transaction
from foodchassis.storage.database import run
from foodchassis.storage.tables import effects as table
from foodchassis.testing import eventually

CAUSE = Cause(correlation_id="a", causation_id="a")


class OtherSystem:
    """The other system: records its requests, may be slow, and may fail before or after its effect."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answered: list[str] = []
        self.failures = 0
        self.held = asyncio.Event()
        self.held.set()
        self.slow: set[str] = set()
        self.most = self.now = 0

    async def ask(self, effect: Effect, _: Resources) -> str:
        self.asked.append(effect.key)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if effect.groups and effect.groups[0] in self.slow:
                await self.held.wait()
            if self.failures:
                self.failures -= 1
                raise TimeoutError
            return f"answer to {effect.key}"
        finally:
            self.now -= 1

    async def answer(self, effect: Effect, answer: str, transaction: Transaction) -> None:
        assert answer == f"answer to {effect.key}"
        transaction.after_commit(lambda: self.answered.append(effect.key))


@pytest.fixture
def other_system() -> OtherSystem:
    return OtherSystem()


@pytest.fixture
async def asking(app: FastAPI, database: Database, other_system: OtherSystem) -> AsyncIterator[Effects]:
    resources: Resources = app.state.resources
    resources.settings.sweep_interval = 0.05
    resources.settings.retry_delays = (0.01,)
    effects = resources.add(Effects(resources, {"count": EffectHandler(other_system.ask, other_system.answer)}))
    async with background(effects.run()):
        yield effects
    other_system.held.set()
    await effects.close()


async def stored(database: Database) -> int:
    async with database.transaction() as session:
        return int((await run(session, select(func.count()).select_from(table))).scalar_one())


async def ask(database: Database, counters: Counters) -> str:
    counter = uuid4()
    async with database.begin() as transaction:
        decision = await process(transaction, counters, counter, "ask", event=counter)
    return decision.effects[0].key


def effect(customer: str, number: int) -> Effect:
    return Effect(f"{customer}:{number}", "count", UUID(int=number), {}, (customer, "restaurant"))


async def test_a_response_completes_the_effect(
    asking: Effects, database: Database, other_system: OtherSystem, counters: Counters
) -> None:
    key = await ask(database, counters)

    await asking.finished(key, 5)

    assert (other_system.asked, other_system.answered) == ([key], [key])
    assert await stored(database) == 0


async def test_a_failed_effect_is_repeated_with_its_key(
    asking: Effects, database: Database, other_system: OtherSystem, counters: Counters
) -> None:
    other_system.failures = 2

    key = await ask(database, counters)
    await asking.finished(key, 5)

    assert other_system.asked == [key] * 3
    assert other_system.answered == [key]


async def test_a_rollback_sends_no_effect(
    asking: Effects, database: Database, other_system: OtherSystem, counters: Counters
) -> None:
    with pytest.raises(UnprocessableError):
        await _ask_and_be_refused(database, counters)

    key = await ask(database, counters)
    await asking.finished(key, 5)
    assert other_system.asked == [key]


async def _ask_and_be_refused(database: Database, counters: Counters) -> None:
    async with database.begin() as transaction:
        await process(transaction, counters, uuid4(), "ask", event=uuid4())
        await process(transaction, counters, uuid4(), "refuse")


async def test_the_sweeper_sends_effects_left_by_a_crash(
    app: FastAPI,
    asking: Effects,
    database: Database,
    other_system: OtherSystem,
    counters: Counters,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "begin", lambda *_: None)  # as if killed right after the commit
    key = await ask(database, counters)
    assert await stored(database) == 1

    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE effects SET asked_at = now() - interval '1 hour'"))

    await eventually(lambda: answered(other_system, key))
    assert await stored(database) == 0


async def answered(other_system: OtherSystem, key: str) -> bool:
    return key in other_system.answered


async def test_an_effect_sent_twice_has_one_outcome(
    asking: Effects, database: Database, other_system: OtherSystem, counters: Counters
) -> None:
    other_system.slow.add("all")
    other_system.held.clear()
    key = await ask(database, counters)
    asking.begin([Effect(key, "count", uuid4(), {}, ("another",))], CAUSE, None)
    await eventually(lambda: answered(other_system, key))

    other_system.held.set()
    await asking.finished(key, 5)

    async def both_ended() -> bool:
        return other_system.now == 0

    await eventually(both_ended)
    assert other_system.asked == [key, key]
    assert other_system.answered == [key]


async def test_a_slow_group_does_not_delay_others(
    app: FastAPI, asking: Effects, database: Database, other_system: OtherSystem
) -> None:
    app.state.resources.settings.effects_of_a_group = 3
    other_system.slow.add("slow")
    other_system.held.clear()
    asking.begin([effect("slow", number) for number in range(25)], CAUSE, None)
    asking.begin([effect("other", number) for number in range(3)], CAUSE, None)

    async def others_were_asked() -> bool:
        return sum(key.startswith("other") for key in other_system.asked) == 3

    await eventually(others_were_asked)
    assert sum(key.startswith("slow") for key in other_system.asked) == 3
    other_system.held.set()

    async def all_asked() -> bool:
        return len(other_system.asked) == 28

    await eventually(all_asked)


async def test_concurrent_effects_are_limited(
    app: FastAPI, asking: Effects, database: Database, other_system: OtherSystem
) -> None:
    settings = app.state.resources.settings
    settings.concurrent_effects = 4
    names = [f"customer {number}" for number in range(10)]
    other_system.slow.update(names)
    other_system.held.clear()
    asking.begin([Effect(name, "count", uuid4(), {}, (name,)) for name in names], CAUSE, None)

    async def as_many_as_may() -> bool:
        return len(other_system.asked) == 4

    await eventually(as_many_as_may)
    other_system.held.set()

    async def all_asked() -> bool:
        return len(other_system.asked) == 10

    await eventually(all_asked)
    assert other_system.most == 4


async def test_no_connection_is_held_while_an_effect_waits(
    asking: Effects, database: Database, other_system: OtherSystem, counters: Counters
) -> None:
    other_system.slow.add("all")
    other_system.held.clear()
    key = await ask(database, counters)

    async def is_asked_without_a_connection() -> bool:
        return other_system.now == 1 and database._in_use() == 0

    await eventually(is_asked_without_a_connection)
    other_system.held.set()
    await asking.finished(key, 5)


async def test_effects_in_progress_complete_before_the_service_stops(
    asking: Effects, database: Database, other_system: OtherSystem, counters: Counters
) -> None:
    other_system.slow.add("all")
    other_system.held.clear()
    key = await ask(database, counters)

    closing = asyncio.create_task(asking.close())
    asyncio.get_running_loop().call_later(0.1, other_system.held.set)
    await closing

    assert other_system.answered == [key]
    assert await stored(database) == 0
