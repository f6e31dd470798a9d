"""A virtual host and a Redis database for every test, so that tests are isolated."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from secrets import token_hex
from urllib.parse import quote, unquote, urlsplit

import pytest
from redis import Redis

from devservers.interface import Endpoints

_NUMBERS = range(1, 16)
_RESERVED_SECONDS = 3600


@pytest.fixture(scope="session")
def redis_number(servers: Endpoints) -> Iterator[int]:
    """Reserve a numbered database for this session; other sessions may share the server."""
    with Redis.from_url(servers.redis_url) as client:
        for number in _NUMBERS:
            if client.set(f"foodapp:tests:{number}", "taken", nx=True, ex=_RESERVED_SECONDS):
                yield number
                client.delete(f"foodapp:tests:{number}")
                return
    pytest.fail(f"all of {len(_NUMBERS)} Redis databases are in use by other test sessions")


@pytest.fixture
def redis_url(servers: Endpoints, redis_number: int) -> str:
    """Return the URL of an empty Redis database."""
    url = urlsplit(servers.redis_url)._replace(path=f"/{redis_number}").geturl()
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


_SECONDS = 20
_EVERYTHING = b'{"configure": ".*", "write": ".*", "read": ".*"}'
_OK = range(200, 300)


class Vhosts:
    """Creates and removes virtual hosts through the management interface."""

    def __init__(self, servers: Endpoints) -> None:
        """Use the management interface, by default on its standard port."""
        broker = urlsplit(servers.rabbitmq_url)
        self._broker = broker
        self._management = urlsplit(servers.management_url or f"http://{broker.hostname}:15672")
        self._user = unquote(broker.username or "guest")
        login = f"{self._user}:{unquote(broker.password or 'guest')}"
        self._headers = {
            "Authorization": f"Basic {b64encode(login.encode()).decode()}",
            "Content-Type": "application/json",
        }

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Yield the URL of a new virtual host."""
        name = f"test-{token_hex(6)}"
        self._call("PUT", f"/api/vhosts/{name}", b"{}")
        try:
            self._call("PUT", f"/api/permissions/{name}/{quote(self._user, safe='')}", _EVERYTHING)
            yield self._broker._replace(path=f"/{name}").geturl()
        finally:
            self._call("DELETE", f"/api/vhosts/{name}")

    def _call(self, method: str, path: str, body: bytes | None = None) -> None:
        where = self._management
        connection = HTTPConnection(where.hostname or "localhost", where.port or 80, timeout=_SECONDS)
        try:
            connection.request(method, path, body, self._headers)
            response = connection.getresponse()
            answer = response.read().decode(errors="replace")
        except OSError as error:
            pytest.fail(
                f"tests need RabbitMQ's management interface, and {where.geturl()} does not answer ({error}); "
                "FOODAPP_RABBITMQ_MANAGEMENT_URL says where it is"
            )
        finally:
            connection.close()
        if response.status not in _OK:
            pytest.fail(f"{method} {path} on {where.geturl()}: {response.status} {answer[:200]}")


@pytest.fixture(scope="session")
def vhosts(servers: Endpoints) -> Vhosts:
    """Return the manager of virtual hosts."""
    return Vhosts(servers)


@pytest.fixture
def rabbitmq_url(vhosts: Vhosts) -> Iterator[str]:
    """Yield the URL of an empty virtual host."""
    with vhosts.fresh() as url:
        yield url
