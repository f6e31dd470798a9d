"""The smoke test, which sends an order through a deployed system."""

import psycopg
import pytest
from e2e.running import Running

from devservers.ports import free_ports
from foodctl.catalog import service_named
from foodctl.commands import smoke
from foodctl.errors import FoodctlError


def test_one_order_is_delivered_and_its_users_are_erased(running: Running) -> None:
    said = running.run(f"uv run foodctl smoke {running.system.gateway_url}")

    assert "was delivered and paid" in said
    with psycopg.connect(running.system.database_url(service_named("user"))) as users:
        [left] = users.execute("SELECT count(*) FROM users WHERE email LIKE 'smoke-%'").fetchone() or [None]
    assert left == 0


def test_an_unreachable_gateway_fails_the_smoke_test() -> None:
    [port] = free_ports(1)

    with pytest.raises(FoodctlError, match="does not respond"):
        smoke(f"http://127.0.0.1:{port}", wait=1)
