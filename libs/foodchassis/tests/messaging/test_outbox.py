"""Events are published with the commit or not at all, and repeated until the broker confirms them."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from review_service.models import Review
from sqlalchemy import func, select

from foodchassis import new_id, publish
from foodchassis.kernel import Envelope
from foodchassis.kernel.events import caused_by
from foodchassis.storage.database import Database, run
from foodchassis.storage.tables import outbox, outbox_counted, outbox_published
from foodchassis.testing import eventually
from foodevents import OrderDelivered

Published = Callable[[], Awaitable[list[Envelope]]]


def an_event() -> OrderDelivered:
    return OrderDelivered(order_id=uuid4(), customer_id=uuid4(), restaurant_id=uuid4())


async def test_an_event_is_stored_with_its_cause(app: FastAPI, published: Published) -> None:
    event = an_event()
    caused_by("the-request", "the-event-before")
    async with app.state.resources.get(Database).transaction() as session:
        await publish(session, event, sequence=3)

    [envelope] = await published()

    assert envelope.type == "order.delivered.v1"
    assert envelope.source == "/review-service"
    assert (envelope.subject, envelope.sequence) == (event.order_id, 3)
    assert (envelope.correlationid, envelope.causationid) == ("the-request", "the-event-before")
    assert OrderDelivered.model_validate(envelope.data) == event


async def test_a_rollback_publishes_nothing(app: FastAPI, published: Published) -> None:
    async def fail_after_publishing() -> None:
        async with app.state.resources.get(Database).transaction() as session:
            await publish(session, an_event())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_publishing()

    assert await published() == []


async def test_a_commit_sends_its_events_and_empties_the_outbox(live_app: FastAPI) -> None:
    database = live_app.state.resources.get(Database)
    async with database.transaction() as session:
        for _ in range(500):
            await publish(session, an_event())

    async def count(table: Any) -> int:
        async with database.transaction() as session:
            return int((await run(session, select(func.count()).select_from(table))).scalar_one())

    async def all_handled() -> bool:
        return await count(Review) == 500

    await eventually(all_handled, 60)
    assert await count(outbox) == 0
    async with database.transaction() as session:
        [counted] = (await run(session, select(outbox_published))).all()
        assert tuple(counted) == ("order.delivered", 500)


async def test_events_older_than_the_counting_are_sent_but_not_counted(live_app: FastAPI) -> None:
    database = live_app.state.resources.get(Database)
    async with database.transaction() as session:
        await publish(session, an_event())
        await run(session, outbox_counted.insert().values(since=new_id()))
        await publish(session, an_event())

    async def both_handled() -> bool:
        async with database.transaction() as session:
            return bool((await run(session, select(func.count()).select_from(Review))).scalar_one() == 2)

    await eventually(both_handled)
    async with database.transaction() as session:
        [counted] = (await run(session, select(outbox_published))).all()
        assert tuple(counted) == ("order.delivered", 1)
