"""Changes times in the databases of a running system."""

from typing import Any

import psycopg
from e2e.running import Running
from e2e.scene import until

from foodctl.catalog import service_named


def change(running: Running, service: str, statement: str, *values: Any) -> int:
    """Change rows of a service, and return their number."""
    with psycopg.connect(running.system.database_url(service_named(service))) as connection:
        return connection.execute(statement, values).rowcount


async def run_out(running: Running, service: str, timer: str, subject: str) -> None:
    """Make a timer of a service due now, as soon as it is set."""

    async def passed() -> bool:
        statement = "UPDATE deadlines SET due_at = now() WHERE name = %s AND subject = %s"
        return change(running, service, statement, timer, subject) == 1

    await until(passed)


def grow_old(running: Running, order: dict[str, Any]) -> None:
    """Move an order's acceptance a minute into the past."""
    statement = "UPDATE orders SET accepted_at = accepted_at - interval '61 s' WHERE id = %s"
    assert change(running, "order", statement, order["id"]) == 1
