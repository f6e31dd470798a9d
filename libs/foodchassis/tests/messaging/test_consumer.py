"""Events are handled once, retried, then parked with a reason, without delaying other messages."""

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import Any

import aio_pika
import pytest
from aio_pika.exceptions import PublishError
from fastapi import FastAPI
from faststream.rabbit import RabbitMessage
from messaging.parking import DEAD, DEAD_LETTERS, SERVICE, declare
from prometheus_client import REGISTRY
from review_service.models import Review
from sqlalchemy import func, select

from foodchassis import new_id
from foodchassis.kernel import Envelope
from foodchassis.kernel.errors import NotFoundError
from foodchassis.messaging.broker import Broker, retry_queue
from foodchassis.messaging.consumer import MOST_EARLY, Consumer
from foodchassis.messaging.dead_letter import DeadLetter
from foodchassis.messaging.forwarding import Forwarding
from foodchassis.storage import Transaction
from foodchassis.storage.database import Database, run
from foodchassis.storage.tables import inbox
from foodchassis.testing import eventually
from foodchassis.testing.apps import booted
from foodevents import OrderDelivered


async def send(app: FastAPI, body: bytes) -> None:
    message = aio_pika.Message(body, delivery_mode=2)
    broker = app.state.resources.get(Broker)
    await broker.exchange(broker.events).publish(message, "order.delivered")


async def count(app: FastAPI, table: Any) -> int:
    async with app.state.resources.get(Database).transaction() as session:
        return int((await run(session, select(func.count()).select_from(table))).scalar_one())


async def parked(app: FastAPI) -> aio_pika.abc.AbstractIncomingMessage | None:
    queue = await app.state.resources.get(Broker).faststream.declare_queue(DEAD_LETTERS)
    message: aio_pika.abc.AbstractIncomingMessage | None = await queue.get(fail=False, no_ack=True)
    return message


async def test_an_event_is_handled(live_app: FastAPI, delivered: Envelope) -> None:
    await send(live_app, delivered.model_dump_json().encode())

    await eventually(lambda: count(live_app, Review))


async def test_a_duplicate_event_is_handled_once(live_app: FastAPI, delivered: Envelope) -> None:
    other = delivered.model_copy(update={"id": new_id(), "data": {**delivered.data, "order_id": str(new_id())}})
    for envelope in (delivered, delivered, delivered, other):
        await send(live_app, envelope.model_dump_json().encode())

    async def both_handled() -> bool:
        return await count(live_app, inbox) == 2

    await eventually(both_handled)
    assert await count(live_app, Review) == 2
    assert await parked(live_app) is None


@pytest.mark.parametrize("body", [b"not json", b"{}", b'{"data": {}}', b"\xff\x00", b"[" * 100_000])
async def test_a_message_that_cannot_be_read_is_parked_at_once(live_app: FastAPI, body: bytes) -> None:
    await send(live_app, body)

    message = await eventually(lambda: parked(live_app))

    assert message.body == body
    assert message.headers["x-queue"] == "review-service.order.delivered"
    assert "order.delivered.v1" in str(message.headers["x-reason"])


async def test_an_event_whose_handler_fails_is_retried_and_then_parked(live_app: FastAPI, delivered: Envelope) -> None:
    twin = delivered.model_copy(update={"id": new_id()})
    await send(live_app, delivered.model_dump_json().encode())
    await eventually(lambda: count(live_app, Review))
    await send(live_app, twin.model_dump_json().encode())

    message = await eventually(lambda: parked(live_app))

    assert message.headers["x-attempt"] == 5
    assert "IntegrityError" in str(message.headers["x-reason"])
    assert await count(live_app, inbox) == 1


async def test_an_event_that_overtook_another_is_retried(
    live_environment: dict[str, str], delivered: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, pauses = iter(range(18)), list[float]()

    async def handle(self: Consumer, message: RabbitMessage) -> str:
        if next(early, None) is not None:
            raise NotFoundError("There is no such order yet.")
        return await handled(self, message)

    async def retry(self: Forwarding, message: RabbitMessage, delay: float, **headers: int) -> None:
        pauses.append(delay)
        await retried(self, message, delay, **headers)

    handled, retried = Consumer._handle, Forwarding.retry
    monkeypatch.setattr(Consumer, "_handle", handle)
    monkeypatch.setattr(Forwarding, "retry", retry)

    async for app in booted("review_service", {**live_environment, "RETRY_DELAYS": "[0.01, 0.02, 0.05]"}, monkeypatch):
        await asyncio.wait_for(app.state.resources.get(Broker).started.wait(), 20)
        await send(app, delivered.model_dump_json().encode())

        await eventually(lambda: count(app, Review))  # noqa: B023 - awaited before the loop goes on
        assert await parked(app) is None
    # Several short delays: it is handled soon after the event that it overtook.
    assert pauses == [0.01] * 8 + [0.02] * 8 + [0.05] * 2


async def test_an_event_about_a_missing_object_is_parked(
    live_app: FastAPI, delivered: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handle(_self: Consumer, _message: RabbitMessage) -> str:
        raise NotFoundError("There is no such order.")

    monkeypatch.setattr(Consumer, "_handle", handle)

    await send(live_app, delivered.model_dump_json().encode())

    message = await eventually(lambda: parked(live_app), 30)
    assert (message.headers["x-early"], message.headers["x-attempt"]) == (MOST_EARLY, 5)
    assert "NotFoundError" in str(message.headers["x-reason"])


async def test_vanished_consumers_are_restarted(live_app: FastAPI, delivered: Envelope) -> None:
    broker = live_app.state.resources.get(Broker)
    queue = await broker.faststream.declare_queue(broker.faststream.subscribers[0].queue)
    await queue.cancel(broker.faststream.subscribers[0]._consumer_tag)
    await send(live_app, delivered.model_dump_json().encode())

    await eventually(lambda: count(live_app, Review))


async def test_messages_delivered_during_a_restart_are_handled(
    live_app: FastAPI, delivered: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    consume = aio_pika.RobustQueue.consume

    async def slowly(self: Any, *args: Any, **more: Any) -> Any:
        tag = await consume(self, *args, **more)
        # The broker delivers before the start of the consumer has returned.
        await asyncio.sleep(0.5)
        return tag

    monkeypatch.setattr(aio_pika.RobustQueue, "consume", slowly)
    broker = live_app.state.resources.get(Broker)
    queue = await broker.faststream.declare_queue(broker.faststream.subscribers[0].queue)
    await queue.cancel(broker.faststream.subscribers[0]._consumer_tag)
    for _ in range(30):
        other = {"id": new_id(), "data": {**delivered.data, "order_id": str(new_id())}}
        await send(live_app, delivered.model_copy(update=other).model_dump_json().encode())

    await eventually(partial(_handled, live_app, 30), 20)


async def test_a_consumer_that_acknowledges_nothing_is_restarted(
    live_environment: dict[str, str], delivered: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    async for app in booted("review_service", {**live_environment, "CONSUMER_STALL_SECONDS": "1"}, monkeypatch):
        broker = app.state.resources.get(Broker)
        await asyncio.wait_for(broker.started.wait(), 20)
        subscriber = broker.faststream.subscribers[0]
        queue = await broker.faststream.config.declarer.declare_queue(subscriber.queue, channel=subscriber.channel)
        channel = await queue.channel.get_underlay_channel()
        # Messages are delivered but never acknowledged: more than the prefetch limit.
        channel.consumers[subscriber._consumer_tag] = _lose
        for _ in range(30):
            other = {"id": new_id(), "data": {**delivered.data, "order_id": str(new_id())}}
            await send(app, delivered.model_copy(update=other).model_dump_json().encode())

        await eventually(partial(_handled, app, 30), 30)
        assert (REGISTRY.get_sample_value("consumers_stalled_total") or 0) > 0


async def test_a_message_that_stalls_its_consumer_repeatedly_is_parked(
    live_environment: dict[str, str], delivered: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_self: Consumer, _message: RabbitMessage) -> str:
        await asyncio.Event().wait()
        return "never"

    monkeypatch.setattr("foodchassis.messaging.broker.DELIVERY_LIMIT", 2)
    monkeypatch.setattr(Consumer, "_handle", hang)
    async for app in booted("review_service", {**live_environment, "CONSUMER_STALL_SECONDS": "0.5"}, monkeypatch):
        await asyncio.wait_for(app.state.resources.get(Broker).started.wait(), 20)
        await send(app, delivered.model_dump_json().encode())

        message = await eventually(partial(parked, app), 30)
        assert DeadLetter.read(SERVICE, message).reason == "given up by RabbitMQ: delivery_limit"


async def _handled(app: FastAPI, number: int) -> bool:
    return await count(app, Review) == number


async def _lose(_: object) -> None:
    """Receive a message and ignore it."""


async def test_a_copy_without_a_queue_is_not_confirmed(live_app: FastAPI) -> None:
    broker = live_app.state.resources.get(Broker)
    exchange, room = retry_queue("retry", "review-service", 0.05)
    await (await broker.faststream.declare_queue(room)).delete(if_unused=False, if_empty=False)

    with pytest.raises(PublishError):
        await broker.exchange(exchange).publish(aio_pika.Message(b"", message_id="a"), "gone", mandatory=True)
    with pytest.raises(PublishError):
        await broker.faststream.publish(aio_pika.Message(b"", message_id="b"), queue="gone", mandatory=True)


async def test_a_refused_dead_letter_is_published_until_confirmed(
    live_app: FastAPI, rabbitmq_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = list[str]()
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        await channel.queue_delete(DEAD)
        await send(live_app, b"not json")

        async def refused() -> bool:
            seen.append(capsys.readouterr().out)
            return "event.not_forwarded" in "".join(seen)

        await eventually(refused)
        queue = await declare(channel, DEAD_LETTERS)
        message = await eventually(lambda: queue.get(fail=False, no_ack=True))

    assert message.body == b"not json"


async def test_a_retry_works_when_the_publishing_channel_is_closed(
    live_app: FastAPI, delivered: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle, tries = Consumer._handle, list[str]()
    [publishing] = {exchange.channel for exchange in live_app.state.resources.get(Broker)._exchanges.values()}

    async def fail_once(self: Consumer, message: RabbitMessage) -> str:
        tries.append(str(message.message_id))
        if len(tries) == 1:
            await publishing.close()
            asyncio.get_running_loop().call_later(0.1, asyncio.ensure_future, publishing.reopen())
            raise NotFoundError("There is no such order yet.")
        return await handle(self, message)

    monkeypatch.setattr(Consumer, "_handle", fail_once)
    await send(live_app, delivered.model_dump_json().encode())

    await eventually(lambda: count(live_app, Review))


class Ways:
    """Records whether work is done with others or alone, without doing it."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def do(self, *_: Any) -> None:
        self.taken.append("together")

    async def alone(self, *_: Any) -> None:
        self.taken.append("alone")


async def on_order_delivered(event: OrderDelivered, transaction: Transaction) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("headers", "redelivered", "way"),
    [
        ({}, False, "together"),
        ({"x-postponed": 3}, False, "together"),
        ({}, True, "alone"),
        ({"x-attempt": 2}, False, "alone"),
        ({"x-early": 1}, False, "alone"),
    ],
)
async def test_a_message_that_failed_before_is_handled_alone(
    live_app: FastAPI, delivered: Envelope, headers: dict[str, int], redelivered: bool, way: str
) -> None:
    resources = live_app.state.resources
    ways: Any = Ways()
    consumer = Consumer(
        OrderDelivered, on_order_delivered, resources.settings, resources.get(Database), resources.get(Broker),
        ways,
    )  # fmt: skip
    message: Any = SimpleNamespace(
        body=delivered.model_dump_json().encode(), headers=headers, raw_message=SimpleNamespace(redelivered=redelivered)
    )

    assert await consumer._handle(message) == "handled"

    assert ways.taken == [way]
