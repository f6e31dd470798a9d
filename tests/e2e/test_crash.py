"""A service crashes: the order waits for it, and the money moves once."""

import os
import signal
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from e2e.running import Running
from e2e.scene import Scene, until

from foodctl.api import RefusedError
from foodctl.catalog import service_named

PAYMENT = service_named("payment")


def effects(running: Running, operation: str, order: dict[str, Any]) -> int:
    """Return the number of operations of the payment provider for an order, from its log."""
    query = (
        "SELECT count(*) FROM provider_log JOIN payments USING (hold)"
        " WHERE operation = %s AND order_id = %s AND refusal IS NULL"
    )
    with psycopg.connect(running.system.database_url(PAYMENT)) as connection:
        row = connection.execute(query, (operation, order["id"])).fetchone()
    return int(row[0]) if row else 0


async def test_an_order_survives_a_crash_of_payment_before_the_hold(
    running: Running, scene: Callable[..., Scene]
) -> None:
    play = await scene().set()
    victim = running.pid(PAYMENT.name)
    os.kill(victim, signal.SIGSTOP)
    order = await play.order()
    os.kill(victim, signal.SIGKILL)

    running.run("uv run just up")
    await play.reaches(order, "delivered")

    assert (effects(running, "authorize", order), effects(running, "capture", order)) == (1, 1)


async def test_an_order_survives_a_crash_of_payment_between_hold_and_capture(
    running: Running, scene: Callable[..., Scene]
) -> None:
    play = await scene(auto_accept=False).set()
    order = await play.reaches(await play.order(), "placed")
    victim = running.pid(PAYMENT.name)
    os.kill(victim, signal.SIGSTOP)
    await play.owner.call("POST", f"/orders/{order['id']}/accept", {"prep_minutes": 5})
    os.kill(victim, signal.SIGKILL)

    running.run("uv run just up")
    await play.reaches(order, "delivered")

    assert (effects(running, "authorize", order), effects(running, "capture", order)) == (1, 1)


async def test_the_status_shows_a_service_that_is_down(running: Running, scene: Callable[..., Scene]) -> None:
    play = await scene().set()
    os.kill(running.pid("menu-service"), signal.SIGKILL)

    with pytest.raises(RefusedError) as refused:
        await play.anonymous.call("GET", "/restaurants")
    order = await play.order()

    assert refused.value.status == 503
    await play.reaches(order, "delivered")
    running.run("uv run just up")

    async def answered() -> bool:
        try:
            await play.anonymous.call("GET", "/restaurants")
        except RefusedError as error:
            if error.status != 503:
                raise
            return False
        return True

    await until(answered)
