from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlmodel import select

from foodchassis import Database, new_id, publish
from foodchassis.testing import eventually
from foodevents import OrderDelivered, UserErased
from sample_service.handlers import on_user_erased
from sample_service.models import Sample


async def test_a_delivered_order_is_handled_once(live_app: FastAPI) -> None:
    database = live_app.state.resources.get(Database)
    event = OrderDelivered(order_id=new_id(), customer_id=new_id(), restaurant_id=new_id())
    later = OrderDelivered(order_id=new_id(), customer_id=event.customer_id, restaurant_id=event.restaurant_id)

    async with database.transaction() as session:
        for one in (event, event, later):
            await publish(session, one)

    async def stored() -> Any:
        async with database.transaction() as session:
            rows = (await session.exec(select(Sample))).all()
        return sorted(row.order_id for row in rows) if later.order_id in {row.order_id for row in rows} else None

    assert await eventually(stored) == [event.order_id, later.order_id]


async def test_an_erasure_deletes_only_the_users_texts(
    app: FastAPI, customer: UUID, delivered: Callable[[], Awaitable[UUID]]
) -> None:
    database = app.state.resources.get(Database)
    await delivered()
    async with database.transaction() as session:
        other = Sample(order_id=new_id(), customer_id=new_id())
        session.add(other)
        kept = other.id

    async with database.transaction() as session:
        await on_user_erased(UserErased(user_id=customer), session)

    async with database.transaction() as session:
        assert [row.id for row in (await session.exec(select(Sample))).all()] == [kept]
