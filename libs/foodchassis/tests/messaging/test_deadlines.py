"""Deadlines in the database; tests move the deadline instead of the clock."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel import BusyError, background
from foodchassis.messaging import clear_deadline, set_deadline
from foodchassis.messaging.deadlines import Sweeper
from foodchassis.storage.database import Database, run
from foodchassis.storage.tables import deadlines
from foodchassis.testing import eventually


class Bell:
    """A handler that records its subjects and can be made to fail."""

    def __init__(self) -> None:
        self.rung: list[UUID] = []
        self.fault: Exception | None = None
        self.slow = 0.0

    async def ring(self, subject: UUID, _: AsyncSession) -> None:
        await asyncio.sleep(self.slow)
        if self.fault:
            raise self.fault
        self.rung.append(subject)


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def sweeper(app: FastAPI, bell: Bell) -> Sweeper:
    held = app.state.resources
    return Sweeper(held.settings, held.get(Database), {"bell": bell.ring})


async def test_a_passed_deadline_is_handled_once(app: FastAPI, sweeper: Sweeper, bell: Bell) -> None:
    subject = uuid4()
    async with app.state.resources.get(Database).transaction() as session:
        await set_deadline(session, "bell", subject, timedelta(seconds=-1))

    assert await sweeper.sweep_one()
    assert not await sweeper.sweep_one()
    assert bell.rung == [subject]


async def test_a_future_deadline_waits(app: FastAPI, sweeper: Sweeper, bell: Bell) -> None:
    async with app.state.resources.get(Database).transaction() as session:
        await set_deadline(session, "bell", uuid4(), timedelta(minutes=1))

    assert not await sweeper.sweep_one()
    assert bell.rung == []


async def test_a_cleared_deadline_is_not_handled(app: FastAPI, sweeper: Sweeper) -> None:
    subject = uuid4()
    async with app.state.resources.get(Database).transaction() as session:
        await set_deadline(session, "bell", subject, timedelta(seconds=-1))
        await clear_deadline(session, "bell", subject)

    assert not await sweeper.sweep_one()


async def test_a_failed_deadline_is_retried_later(app: FastAPI, sweeper: Sweeper, bell: Bell) -> None:
    bell.fault = RuntimeError("broken")
    async with app.state.resources.get(Database).transaction() as session:
        await set_deadline(session, "bell", uuid4(), timedelta(seconds=-1))

    assert await sweeper.sweep_one()

    async with app.state.resources.get(Database).transaction() as session:
        kept = (await run(session, select(deadlines, (deadlines.c.due_at > func.now()).label("ahead")))).one()
    assert (kept.attempts, kept.ahead) == (1, True)
    assert not await sweeper.sweep_one()


async def stored(app: FastAPI) -> Any:
    """Return the one deadline: its failures, and in how many seconds it is due."""
    wait = func.extract("epoch", deadlines.c.due_at - func.now())
    async with app.state.resources.get(Database).transaction() as session:
        return (await run(session, select(deadlines.c.attempts, wait.label("seconds")))).one()


async def set_passed(app: FastAPI, subject: UUID, name: str = "bell") -> None:
    async with app.state.resources.get(Database).transaction() as session:
        await set_deadline(session, name, subject, timedelta(seconds=-1))


async def test_each_failure_makes_the_next_wait_longer(app: FastAPI, sweeper: Sweeper, bell: Bell) -> None:
    bell.fault, waits = RuntimeError("broken"), list[int]()
    for attempts in (0, 1, 2, 6, 7, 60):
        async with app.state.resources.get(Database).transaction() as session:
            await run(session, deadlines.delete())
            facts = {"name": "bell", "subject": uuid4(), "due_at": func.now() - timedelta(seconds=1)}
            await run(session, deadlines.insert().values(**facts, attempts=attempts))
        assert await sweeper.sweep_one()
        found = await stored(app)
        assert found.attempts == attempts + 1
        waits.append(round(float(found.seconds) / 5))

    assert waits == [1, 2, 4, 64, 64, 64]


async def test_a_row_that_another_transaction_holds_is_no_failure(app: FastAPI, sweeper: Sweeper, bell: Bell) -> None:
    bell.fault = BusyError("Another transaction holds this.")
    subject = uuid4()
    await set_passed(app, subject)
    assert await sweeper.sweep_one()

    found = await stored(app)
    assert found.attempts == 0
    assert 0 < found.seconds <= 1


async def test_instances_that_find_the_same_deadline_handle_it_once(app: FastAPI, sweeper: Sweeper, bell: Bell) -> None:
    bell.slow = 0.1
    subjects = [uuid4() for _ in range(3)]
    for subject in subjects:
        await set_passed(app, subject)

    async def sweep() -> None:
        while await sweeper.sweep_one():
            pass

    await asyncio.gather(*(sweep() for _ in range(4)))

    assert sorted(bell.rung) == sorted(subjects)


async def test_a_handler_that_is_cancelled_leaves_its_deadline(app: FastAPI, sweeper: Sweeper, bell: Bell) -> None:
    bell.slow = 60
    subject = uuid4()
    await set_passed(app, subject)
    sweeping = asyncio.create_task(sweeper.sweep_one())
    await asyncio.wait([sweeping], timeout=0.3)
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)

    bell.slow = 0
    assert (await stored(app)).attempts == 0
    assert await sweeper.sweep_one()
    assert bell.rung == [subject]


async def test_a_deadline_without_a_handler_is_left_for_a_release_that_has_one(app: FastAPI, sweeper: Sweeper) -> None:
    await set_passed(app, uuid4(), "whistle")

    assert not await sweeper.sweep_one()
    assert (await stored(app)).attempts == 0


async def test_a_sweeper_goes_on_after_a_fault_of_the_database(
    app: FastAPI, sweeper: Sweeper, bell: Bell, capsys: pytest.CaptureFixture[str]
) -> None:
    sweeper._settings = sweeper._settings.model_copy(update={"sweep_interval": 0.02})
    database, logged = app.state.resources.get(Database), ""
    async with database.transaction() as session:
        await run(session, text("ALTER TABLE deadlines RENAME TO gone"))

    async def stalled() -> bool:
        nonlocal logged
        logged += capsys.readouterr().out
        return "deadlines.stalled" in logged

    async def rung() -> bool:
        return bool(bell.rung)

    async with background(sweeper.run()):
        await eventually(stalled)
        async with database.transaction() as session:
            await run(session, text("ALTER TABLE gone RENAME TO deadlines"))
        await set_passed(app, uuid4())
        await eventually(rung)
