"""The review service of the tests, on a database of its own that has a table of counters."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from messaging.counters import Counters, make_table

from foodchassis import Database
from foodchassis.testing.databases import Templates


@pytest.fixture
def database_url(templates: Templates, service_package: str) -> Iterator[str]:
    with templates.copy(service_package) as url:
        yield url


@pytest.fixture
async def database(app: FastAPI) -> Database:
    opened: Database = app.state.resources.get(Database)
    await make_table(opened)
    return opened


@pytest.fixture
def counters() -> Counters:
    return Counters()
