from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import tables
from foodchassis.migrations import upgrade
from order_service.models import metadata


def test_the_migrations_make_exactly_these_tables(database_url: str) -> None:
    upgrade("order_service", database_url)
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, [tables.metadata, metadata]) == []  # type: ignore[arg-type]
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    ["total = total + 1", "tip = -1, total = total - tip - 1", "status = 'lost'", "kitchen = 'cold'", "version = 0"],
)
async def test_the_database_refuses_what_makes_no_sense(place: Any, session: AsyncSession, change: str) -> None:
    await place()

    with pytest.raises(IntegrityError):
        await (await session.connection()).execute(text(f"UPDATE orders SET {change}"))
