import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi import FastAPI
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database
from foodchassis.storage import tables
from foodchassis.storage.migrations import upgrade
from user_service.models import User, UserRole, metadata


def test_the_migrations_make_these_tables(database_url: str) -> None:
    upgrade("user_service", database_url)
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, [tables.metadata, metadata])  # type: ignore[arg-type]
    engine.dispose()

    assert differences == []


async def test_a_change_from_a_stale_copy_is_refused(app: FastAPI) -> None:
    transaction = app.state.resources.get(Database).transaction
    async with transaction() as session:
        user = User(email="ada@example.com", name="Ada", role=UserRole.CUSTOMER, password_hash="-")
        session.add(user)
    async with transaction() as late:
        stale = await late.get_one(User, user.id)
        async with transaction() as early:
            (await early.get_one(User, user.id)).name = "Ada L."
        stale.name = "Eve"
        with pytest.raises(StaleDataError):
            await late.flush()
        await late.rollback()

    async with transaction() as session:
        stored = await session.get_one(User, user.id)
    assert (stored.name, stored.version) == ("Ada L.", 2)


async def test_the_database_refuses_e_mails_that_are_not_normalised(session: AsyncSession) -> None:
    session.add(User(email="Ada@example.com", name="Ada", role=UserRole.CUSTOMER, password_hash="-"))

    with pytest.raises(IntegrityError, match="users_email_is_normalised_check"):
        await session.flush()
    await session.rollback()
