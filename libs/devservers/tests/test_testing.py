import os
from urllib.parse import urlsplit

import pytest
from redis import Redis

from devservers import probes
from devservers.interface import Endpoints
from devservers.testing.parts import Vhosts


def test_every_server_answers(servers: Endpoints) -> None:
    assert probes.postgres(servers.postgres_url) is None
    assert probes.redis_(servers.redis_url) is None
    assert probes.rabbitmq(servers.rabbitmq_url) is None


def test_a_wrong_password_is_reported(servers: Endpoints) -> None:
    place = urlsplit(servers.rabbitmq_url)
    stranger = place._replace(netloc=f"stranger:wrong@{place.hostname}:{place.port}").geturl()

    assert "ACCESS_REFUSED" in (probes.rabbitmq(stranger) or "")


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_redis_database_begins_empty(redis_url: str, attempt: int) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", attempt)


def test_a_virtual_host_is_deleted_after_its_test(vhosts: Vhosts) -> None:
    with vhosts.fresh() as url:
        assert probes.rabbitmq(url) is None

    assert probes.rabbitmq(url) is not None


@pytest.mark.xdist_group("one worker")
def test_tests_of_a_group_stay_in_one_worker(request: pytest.FixtureRequest) -> None:
    """Check the suffix that pytest-xdist appends to their names, which some versions omit."""
    assert request.node.nodeid.endswith("@one worker") == ("PYTEST_XDIST_WORKER" in os.environ)
