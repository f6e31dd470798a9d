"""What a service stores is published again in batches, each committed; a command names what stops it in one line."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from review_service.models import Review
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from devservers.ports import free_ports
from foodchassis import Database, ServiceSettings, create_service, publish
from foodchassis.messaging import DATABASE_ONLY, republish, run_command
from foodchassis.storage.database import run
from foodchassis.storage.tables import outbox
from foodevents import OrderDelivered


def command_app(database_url: str) -> FastAPI:
    """The app of a command beside the running service."""
    settings: Any = {**DATABASE_ONLY, "database_url": database_url}
    return create_service(ServiceSettings(service_name="review-service", _env_file=None, **settings))


class Batches:
    """Publishes each order that has a review; fails at the batch that a test names."""

    def __init__(self, fails_at: int = 0) -> None:
        self.sizes: list[int] = []
        self._fails_at = fails_at

    async def __call__(self, session: AsyncSession, *, after: UUID | None, limit: int) -> UUID | None:
        wanted = select(Review).order_by(col(Review.id)).limit(limit)
        rows = (await session.exec(wanted if after is None else wanted.where(col(Review.id) > after))).all()
        for row in rows:
            event = OrderDelivered(order_id=row.order_id, customer_id=row.customer_id, restaurant_id=uuid4())
            await publish(session, event)
        self.sizes.append(len(rows))
        if len(self.sizes) == self._fails_at:
            raise ZeroDivisionError
        return rows[-1].id if rows else None


@pytest.fixture
async def reviews(app: FastAPI) -> int:
    async with app.state.resources.get(Database).transaction() as session:
        session.add_all(Review(order_id=uuid4(), customer_id=uuid4()) for _ in range(5))
    return 5


async def waiting(app: FastAPI) -> int:
    async with app.state.resources.get(Database).transaction() as session:
        return len((await run(session, outbox.select())).all())


async def test_everything_is_published_in_batches(app: FastAPI, database_url: str, reviews: int) -> None:
    batches = Batches()

    await republish(command_app(database_url), batches, 2)

    assert batches.sizes == [2, 2, 1, 0]
    assert await waiting(app) == reviews


async def test_where_nothing_is_stored_nothing_is_published(app: FastAPI, database_url: str) -> None:
    await republish(command_app(database_url), Batches(), 2)

    assert await waiting(app) == 0


async def test_a_batch_that_fails_is_undone_and_those_before_it_stay(
    app: FastAPI, database_url: str, reviews: int
) -> None:
    with pytest.raises(ZeroDivisionError):
        await republish(command_app(database_url), Batches(fails_at=2), 2)

    assert await waiting(app) == 2
    # Repeated, it publishes all of it: its events are handled once for each that comes.
    await republish(command_app(database_url), Batches(), 100)
    assert await waiting(app) == 2 + reviews


def test_a_command_without_its_database_says_so_in_one_line() -> None:
    [nobody] = free_ports(1)
    work = republish(command_app(f"postgresql://nobody:secret@127.0.0.1:{nobody}/none"), Batches(), 2)

    with pytest.raises(SystemExit) as ended:
        run_command(work)

    said = str(ended.value.code)
    assert str(nobody) in said
    assert "refused" in said
    assert "\n" not in said
    assert "secret" not in said


def test_another_fault_of_a_command_is_not_hidden() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_command(work())
