"""The three servers as containers, with Testcontainers."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import docker
from docker.errors import DockerException
from testcontainers.community.postgres import PostgresContainer
from testcontainers.community.redis import RedisContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from devservers.compose import COMPOSE_FILE
from devservers.interface import Endpoints

_AMQP = 5672
_MANAGEMENT = 15672
_NAME = "foodapp"


def image(name: str) -> str:
    """Return the image in the Compose file, so that tests use the same as `up`."""
    found = re.search(rf"image: ({name}:\S+)", COMPOSE_FILE.read_text())
    assert found, f"{COMPOSE_FILE} names no image of {name}"
    return found[1]


def missing_image() -> str | None:
    """Return the first image of a test session that the engine neither has nor can pull, or None."""
    wanted = [image(name) for name in ("postgres", "redis", "rabbitmq")]
    if not testcontainers_config.ryuk_disabled:
        wanted.append(testcontainers_config.ryuk_image)
    with closing(docker.from_env()) as engine:
        for name in wanted:
            try:
                if not engine.images.list(name):
                    engine.images.pull(name)
            except DockerException:
                return name
    return None


@contextmanager
def containers() -> Iterator[Endpoints]:
    """Run the three servers as containers."""
    database = PostgresContainer(image("postgres"), username=_NAME, password=_NAME, dbname="postgres", driver=None)
    database.with_command(
        "postgres -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"
        " -c log_error_verbosity=terse"
    )
    cache = RedisContainer(image("redis"))
    broker = (
        DockerContainer(image("rabbitmq"))
        .with_env("RABBITMQ_DEFAULT_USER", _NAME)
        .with_env("RABBITMQ_DEFAULT_PASS", _NAME)
        .with_exposed_ports(_AMQP, _MANAGEMENT)
        .waiting_for(LogMessageWaitStrategy("Server startup complete"))
    )
    with ExitStack() as stack:
        for container in (broker, database, cache):
            stack.enter_context(container)
        host = broker.get_container_host_ip()
        yield Endpoints(
            postgres_url=database.get_connection_url(),
            redis_url=f"redis://{cache.get_container_host_ip()}:{cache.get_exposed_port(6379)}/0",
            rabbitmq_url=f"amqp://{_NAME}:{_NAME}@{host}:{broker.get_exposed_port(_AMQP)}/",
            management_url=f"http://{host}:{broker.get_exposed_port(_MANAGEMENT)}",
        )
