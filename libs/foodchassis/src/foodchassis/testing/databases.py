"""A database for every test, copied from a template that is migrated once."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from devservers.interface import Endpoints
from devservers.testing.reuse import ReusedDatabase
from foodchassis.storage.migrations import upgrade


class Templates:
    """The migrated template databases of one session, one per service."""

    def __init__(self, url: str) -> None:
        """Use the server at this URL, which other sessions may share."""
        self._url = url
        self._session = token_hex(4)
        self._made: dict[str, str] = {}
        self._idle: defaultdict[str, list[ReusedDatabase]] = defaultdict(list)
        self._connection = psycopg.connect(url, autocommit=True)

    def url(self, database: str) -> str:
        """Return the URL of a database on this server."""
        return urlsplit(self._url)._replace(path=f"/{database}").geturl()

    @contextmanager
    def copy(self, package: str) -> Iterator[str]:
        """Yield the URL of a new database of this service, for tests that change more than rows."""
        name = self._copy(package)
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    @contextmanager
    def lend(self, package: str) -> Iterator[str]:
        """Yield the URL of an empty database of this service: emptying one is cheaper than creating one."""
        idle = self._idle[package]
        database = idle.pop() if idle else ReusedDatabase(self.url(self._copy(package)))
        try:
            yield database.url
        finally:
            if database.clean():
                idle.append(database)
            else:
                self._give_up(database)

    def close(self) -> None:
        """Drop the templates and the databases that were lent."""
        for idle in self._idle.values():
            for database in idle:
                self._give_up(database)
        for name in self._made.values():
            self._drop(name)
        self._connection.close()

    def _copy(self, package: str) -> str:
        template = self._template(package)
        name = f"test_{package}_{self._session}_{token_hex(4)}"
        copying = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._connection.execute(copying.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _give_up(self, database: ReusedDatabase) -> None:
        database.close()
        self._drop(urlsplit(database.url).path[1:])

    def _template(self, package: str) -> str:
        if package not in self._made:
            name = f"template_{package}_{self._session}"
            self._connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            self._made[package] = name
            upgrade(package, self.url(name))
        return self._made[package]

    def _drop(self, name: str) -> None:
        self._connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def templates(servers: Endpoints) -> Iterator[Templates]:
    """Yield the migrated templates of this session."""
    templates = Templates(servers.postgres_url)
    try:
        yield templates
    finally:
        templates.close()


@pytest.fixture
def service_package() -> str:
    """Return the package whose migrations `database_url` has; to be overridden in a service's conftest."""
    pytest.fail("database_url needs a fixture service_package that names the service's package, such as 'notes'")


@pytest.fixture
def database_url(templates: Templates, service_package: str) -> Iterator[str]:
    """Yield the URL of an empty, migrated database."""
    with templates.lend(service_package) as url:
        yield url
