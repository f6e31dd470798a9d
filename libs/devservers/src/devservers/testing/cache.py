"""An empty Redis database for every test."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from redis import Redis

from devservers.interface import Endpoints

_NUMBERS = range(1, 16)
_SECONDS = 3600


@pytest.fixture(scope="session")
def redis_number(servers: Endpoints) -> Iterator[int]:
    """Reserve one numbered database for this session; another session may share the server."""
    with Redis.from_url(servers.redis_url) as client:
        for number in _NUMBERS:
            if client.set(f"foodapp:tests:{number}", "taken", nx=True, ex=_SECONDS):
                yield number
                client.delete(f"foodapp:tests:{number}")
                return
    pytest.fail(f"all of {len(_NUMBERS)} Redis databases are in use by other test sessions")


@pytest.fixture
def redis_url(servers: Endpoints, redis_number: int) -> str:
    """Give an empty Redis database to one test."""
    url = urlsplit(servers.redis_url)._replace(path=f"/{redis_number}").geturl()
    with Redis.from_url(url) as client:
        client.flushdb()
    return url
