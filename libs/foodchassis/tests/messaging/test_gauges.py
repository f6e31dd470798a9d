"""Gauges are set from the database again and again, whatever becomes of one of them or of the database."""

import pytest
from fastapi import FastAPI
from prometheus_client import Gauge
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, EventRouter
from foodchassis.kernel import background
from foodchassis.messaging.gauges import Gauges
from foodchassis.storage.database import run
from foodchassis.testing import eventually

events = EventRouter()
messages = Gauge("messages", "Messages", registry=None)


@events.measure
async def unreadable(session: AsyncSession) -> None:
    await run(session, text("SELECT * FROM a_table_that_is_gone"))


@events.measure
async def count_letters(session: AsyncSession) -> None:
    messages.set((await run(session, text("SELECT 7"))).scalar_one())


def value() -> float:
    return float(messages._value.get())


@pytest.fixture
def gauges(app: FastAPI) -> Gauges:
    messages.set(0)
    held = app.state.resources
    settings = held.settings.model_copy(update={"measure_interval": 0.02})
    return Gauges(settings, held.get(Database), events.measures)


async def test_a_gauge_that_cannot_be_read_stops_no_other(gauges: Gauges, capsys: pytest.CaptureFixture[str]) -> None:
    await gauges.measure()

    assert value() == 7
    logged = capsys.readouterr().out
    assert '"measure":"unreadable"' in logged
    assert "count_letters" not in logged


async def test_gauges_are_set_again_after_every_interval(gauges: Gauges) -> None:
    async def measured() -> bool:
        return value() == 7

    async with background(gauges.run()):
        for _ in range(3):
            messages.set(0)
            await eventually(measured)


async def test_a_gauge_keeps_its_value_while_the_database_has_no_connection_free(app: FastAPI, gauges: Gauges) -> None:
    await gauges.measure()
    database = app.state.resources.get(Database)
    database.engine.pool._timeout = 0.01
    taken = [await database.engine.connect() for _ in range(database.engine.pool.size())]
    await gauges.measure()
    assert value() == 7

    for connection in taken:
        await connection.close()
    messages.set(0)
    await gauges.measure()
    assert value() == 7
