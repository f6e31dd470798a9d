"""The relay repeats what the broker does not confirm, and does not fill the memory with repeats."""

import pytest
from fastapi import FastAPI
from messaging.test_broker import proxied
from pydantic import SecretStr

from foodchassis import Database, ServiceSettings, new_id
from foodchassis.messaging import broker as connected
from foodchassis.messaging.broker import Broker
from foodchassis.messaging.relay import Relay
from foodchassis.storage.database import run
from foodchassis.storage.tables import outbox

EVENTS, SIZE, ATTEMPTS = 20, 100_000, 8


async def test_repeats_are_not_buffered_while_the_broker_reads_nothing(
    app: FastAPI, rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connected, "CONFIRM_SECONDS", 0.2)
    database = app.state.resources.get(Database)
    async with database.transaction() as session:
        for _ in range(EVENTS):
            event = {"event_id": new_id(), "routing_key": "order.delivered", "body": b" " * SIZE}
            await run(session, outbox.insert().values(**event))
    async with proxied(rabbitmq_url, []) as (url, proxy):
        settings = ServiceSettings(service_name="notes", rabbitmq_url=SecretStr(url))
        broker = Broker(settings)
        await broker.start()
        relay = Relay(settings, database, broker)
        proxy.open.clear()
        for _ in range(ATTEMPTS):
            with pytest.raises(ConnectionError, match=f"{EVENTS} of {EVENTS} not confirmed"):
                await relay.send_batch()
        proxy.open.set()
        await broker.stop()

    # The kernel buffers a few megabytes.
    assert EVENTS * SIZE <= proxy.passed < ATTEMPTS * EVENTS * SIZE * 0.75
