"""Deadlines in the database; tests move the deadline instead of the clock."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.messaging import clear_deadline, set_deadline
from foodchassis.messaging.deadlines import Sweeper
from foodchassis.storage.database import Database, run
from foodchassis.storage.tables import deadlines


class Bell:
    """A handler that records its subjects and can be made to fail."""

    def __init__(self) -> None:
        self.rung: list[UUID] = []
        self.broken = False

    async def ring(self, subject: UUID, _: AsyncSession) -> None:
        if self.broken:
            raise RuntimeError("broken")
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
    bell.broken = True
    async with app.state.resources.get(Database).transaction() as session:
        await set_deadline(session, "bell", uuid4(), timedelta(seconds=-1))

    assert await sweeper.sweep_one()

    async with app.state.resources.get(Database).transaction() as session:
        kept = (await run(session, select(deadlines, (deadlines.c.due_at > func.now()).label("ahead")))).one()
    assert (kept.attempts, kept.ahead) == (1, True)
    assert not await sweeper.sweep_one()
