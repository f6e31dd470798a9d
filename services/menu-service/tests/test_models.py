import asyncio
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi import FastAPI
from sqlalchemy import create_engine, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, now
from foodchassis.storage import tables
from foodchassis.storage.migrations import configuration, upgrade
from foodchassis.testing import eventually
from menu_service.models import Restaurant, metadata

UNSYNCHRONIZED = {"synchronize_session": False}


def a_row(**changes: Any) -> Restaurant:
    columns: dict[str, Any] = {
        "owner_id": "01a20000-0000-7000-8000-000000000001",
        "name": "Uno",
        "folded_name": "uno",
        "line1": "Street 1",
        "city": "Town",
        "postal_code": "1",
        "lat": 0.0,
        "lng": 0.0,
        "hours": {"timezone": "UTC", "weekly": []},
        "paused": False,
        "auto_accept": False,
        "prep_minutes": 1,
        "radius_m": 1000,
        "currency": "EUR",
        "tax_rate_bp": 0,
        "delivery_fee": 0,
        "service_fee_bp": 0,
    }
    return Restaurant(**{**columns, **changes})


def test_the_migrations_create_the_tables_of_the_models(database_url: str) -> None:
    upgrade("menu_service", database_url)
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, [tables.metadata, metadata])  # type: ignore[arg-type]
    engine.dispose()

    assert differences == []


async def test_a_name_that_changes_during_the_migration_is_found_by_the_new_one(
    app: FastAPI, database_url: str
) -> None:
    transaction = app.state.resources.get(Database).transaction
    command.downgrade(configuration("menu_service", database_url), "menu_0007")
    async with transaction() as session:
        session.add_all([renamed := a_row(name="Jo's", folded_name="jo's"), other := a_row(name="Al's")])

    async def is_blocked() -> bool:
        here = "datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        async with transaction() as own:
            return bool(await own.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {here}")))

    async with transaction() as session:
        row = await session.get_one(Restaurant, renamed.id)
        row.name, row.folded_name = "Flo", "flo"
        await session.flush()
        migration = asyncio.create_task(asyncio.to_thread(upgrade, "menu_service", database_url))
        await eventually(is_blocked)
    await migration

    async with transaction() as session:
        found = [(await session.get_one(Restaurant, row.id)).folded_name for row in (renamed, other)]
    assert found == ["flo", "als"]


async def test_a_closed_restaurant_is_paused(session: AsyncSession) -> None:
    session.add(a_row(closed_at=now()))

    with pytest.raises(IntegrityError, match="restaurants_closed_is_paused_check"):
        await session.flush()
    await session.rollback()


async def test_each_change_increases_the_version(session: AsyncSession) -> None:
    row = a_row()
    session.add(row)
    await session.flush()
    row.name = "Due"
    await session.flush()

    assert row.version == 2


async def test_a_change_with_a_stale_version_fails(session: AsyncSession) -> None:
    row = a_row()
    session.add(row)
    await session.flush()
    elsewhere = update(Restaurant).where(col(Restaurant.id) == row.id).values(version=7)
    await session.exec(elsewhere, execution_options=UNSYNCHRONIZED)
    row.name = "Due"

    with pytest.raises(StaleDataError):
        await session.flush()
    await session.rollback()


async def test_the_database_refuses_an_invalid_restaurant(session: AsyncSession) -> None:
    for field, wrong in {
        "lat": 91.0,
        "radius_m": 0,
        "tax_rate_bp": -1,
        "delivery_fee": -1,
        "prep_minutes": 999,
    }.items():
        session.add(a_row(**{field: wrong}))
        with pytest.raises(
            IntegrityError, match="restaurants_place_check" if field == "lat" else f"restaurants_{field}"
        ):
            await session.flush()
        await session.rollback()
