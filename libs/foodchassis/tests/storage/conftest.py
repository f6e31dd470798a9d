"""A database of the review service that no other code uses."""

from collections.abc import AsyncIterator

import pytest

from foodchassis import Database, Resources, ServiceSettings


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with two connections for sessions and room for one message."""
    settings = ServiceSettings(
        service_name="tests", database_url=database_url, database_pool_size=2, database_pool_timeout=1,
        concurrent_messages=1, database_lock_timeout=200, _env_file=None,
    )  # fmt: skip
    opened = Database(settings, Resources(settings))
    yield opened
    await opened.close()
