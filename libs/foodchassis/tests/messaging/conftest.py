"""The review service of the tests, on a database of its own that has a table of counters."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from messaging.counters import Counters, make_table

from foodchassis import Database
from foodchassis.testing.databases import Templates


@pytest.fixture
def database_url(request: pytest.FixtureRequest, templates: Templates, service_package: str) -> Iterator[str]:
    # Tests that create a table of counters need a database that is not reused.
    give = templates.copy if "database" in request.fixturenames else templates.lend
    with give(service_package) as url:
        yield url


@pytest.fixture
async def database(app: FastAPI) -> Database:
    opened: Database = app.state.resources.get(Database)
    await make_table(opened)
    return opened


@pytest.fixture
def counters() -> Counters:
    return Counters()
