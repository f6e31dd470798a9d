"""A service created by `just new-service` joins the six running ones."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from e2e.running import Running
from e2e.scene import Scene, until

from devservers import probes
from devservers.ports import free_ports
from foodctl.api import RefusedError, gateway
from foodctl.catalog import service_named
from foodctl.settings import PROJECT
from foodlab.newservice import TEMPLATE, Names, copied


@pytest.fixture
def url(running: Running, tmp_path: Path) -> Iterator[str]:
    """Create review-service from the template, and start it beside the others."""
    made = list(copied(PROJECT / TEMPLATE, tmp_path, Names.of("review", 8999)))
    assert tmp_path / "src/review_service/main.py" in made
    server = running.system.endpoints.postgres_url
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE review_service")
    users = running.system.url(service_named("user"))
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "src"),
        "DATABASE_URL": urlsplit(server)._replace(path="/review_service").geturl(),
        "REDIS_URL": running.system.endpoints.redis_url,
        "RABBITMQ_URL": running.system.endpoints.rabbitmq_url,
        "AUTH_ISSUER": running.system.gateway_url,
        "AUTH_JWKS_URL": f"{users}/.well-known/jwks.json",
    }
    subprocess.run(
        [sys.executable, "-m", "foodchassis.storage.migrations", "review_service"], env=environment, check=True
    )
    [port] = free_ports(1)
    command = ["uvicorn", "--factory", "review_service.main:create_app", "--port", str(port)]
    with subprocess.Popen([sys.executable, "-m", *command], env=environment) as process:
        yield f"http://127.0.0.1:{port}"
        process.terminate()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE review_service WITH (FORCE)")


async def test_the_sample_service_starts_serves_and_handles_events(url: str, scene: Callable[..., Scene]) -> None:
    async def ready() -> bool:
        return probes.http_ready(f"{url}/health/ready") is None

    await until(ready)
    play = await scene().set()
    order = await play.reaches(await play.order(), "delivered")

    async with gateway(url) as reviews:
        author = reviews.with_token(play.customer.token, play.customer.user_id)

        async def written() -> bool:
            try:
                await author.call("POST", "/reviews", {"order_id": order["id"], "text": "Hot soup"})
            except RefusedError as error:
                if error.status != 404:
                    raise
                return False
            return True

        await until(written)
        [review] = (await reviews.call("GET", "/reviews"))["items"]

    assert (review["order_id"], review["text"]) == (order["id"], "Hot soup")
