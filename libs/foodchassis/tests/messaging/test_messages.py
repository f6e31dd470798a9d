"""A message with any content is handled, retried or parked."""

import json
import random
from typing import Any

import aio_pika
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from review_service.handlers import on_order_delivered

from foodchassis import new_id
from foodchassis.kernel import Envelope
from foodchassis.messaging.broker import Broker, dead_letters
from foodchassis.testing import eventually

ENDS = ("handled", "repeated", "parked")
ODD: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 2**62, 1.5, "", "abc", "\x00", "٣", "9" * 400, "z" * 60_000),
    *(bytearray(b"\xff\x00"), bytearray(b"1"), [1, "a"], {"a": {"b": 1}}),
)
HEADERS = (
    "x-attempt",
    "x-postponed",
    "x-early",
    "traceparent",
    "x-queue",
    "x-reason",
    "x-death",
    "tracestate",
    "baggage",
)
CASES = 200


def envelope(**changes: Any) -> bytes:
    ids = {name: str(new_id()) for name in ("order_id", "customer_id", "restaurant_id")}
    known = Envelope(
        source="/order-service",
        type="order.delivered.v1",
        subject=new_id(),
        sequence=1,
        correlationid="a",
        causationid="a",
        data=ids,
    )
    return json.dumps({**known.model_dump(mode="json"), **changes}).encode()


def drawn(chance: random.Random) -> aio_pika.Message:
    """Return a random message whose headers, properties and body may be invalid."""
    bodies = (
        envelope(),
        envelope(**{chance.choice((*Envelope.model_fields, "other")): chance.choice((None, 7, "x", [], {}, "\ud800"))}),
        envelope(type=chance.choice(("order.delivered.v99", "order.created.v1", "order.delivered", "v1", ""))),
        chance.randbytes(chance.randrange(300)),
        b"[" * chance.randrange(5_000),
        b'{"id": "' + b"9" * chance.randrange(200_000),
        envelope().decode().encode("utf-16"),
    )
    headers = {chance.choice(HEADERS): chance.choice(ODD) for _ in range(chance.randrange(4))}
    return aio_pika.Message(
        chance.choice(bodies),
        headers=headers,
        content_type=chance.choice((None, "application/json", "x" * 200)),
        content_encoding=chance.choice((None, "gzip", "x" * 200)),
        message_id=chance.choice((None, "", "1", "x" * 200)),
        priority=chance.choice((None, 0, 9)),
    )


def ended() -> float:
    labels = ({"handler": on_order_delivered.__name__, "outcome": outcome} for outcome in ENDS)
    return sum(REGISTRY.get_sample_value("events_handled_total", one) or 0 for one in labels)


@pytest.fixture
def live_environment(live_environment: dict[str, str]) -> dict[str, str]:
    return {**live_environment, "RETRY_DELAYS": "[0.01, 0.01]"}


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_message_is_handled_retried_or_parked(live_app: FastAPI, seed: int) -> None:
    chance, before = random.Random(seed), ended()
    broker = live_app.state.resources.get(Broker)
    exchange = broker.exchange(broker.events)
    for _ in range(CASES):
        await exchange.publish(drawn(chance), "order.delivered")

    async def all_ended() -> bool:
        return ended() - before == CASES

    await eventually(all_ended, 60)


@pytest.mark.parametrize("wrong", ["order.delivered.v99", "order.delivered.v2", "order.created.v1"])
async def test_another_type_or_version_is_parked_with_its_reason(live_app: FastAPI, wrong: str) -> None:
    broker = live_app.state.resources.get(Broker)
    await broker.exchange(broker.events).publish(aio_pika.Message(envelope(type=wrong)), "order.delivered")
    queue = await broker.faststream.declare_queue(dead_letters("review-service"))

    message = await eventually(lambda: queue.get(fail=False, no_ack=True))

    assert message.headers["x-reason"] == f"{wrong} is not the expected order.delivered.v1"
