import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from typer.testing import CliRunner

from foodchassis.messaging.broker import dead_letters, event_queue, retry_queue
from foodctl import moving
from foodctl.cli import app
from foodctl.errors import FoodctlError
from foodctl.moving import migrated

EXCHANGE, KEY = "food.events", "order.paid"
QUEUE = event_queue("delivery-service", KEY)
OLD: dict[str, Any] = {"x-queue-type": "quorum", "x-delivery-limit": 7}
Act = Callable[..., Any]


async def publish(channel: AbstractChannel, *ids: str) -> None:
    exchange = await channel.get_exchange(EXCHANGE)
    for one in ids:
        message = aio_pika.Message(one.encode(), message_id=one, headers={"x-attempt": 2}, content_type="text/plain")
        await exchange.publish(message, KEY)


@pytest.fixture
def old(act: Act) -> list[str]:
    """Declare the queue with the arguments of an earlier release, and publish messages."""
    ids = [f"event-{number}" for number in range(50)]

    async def make(channel: AbstractChannel) -> None:
        await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue(QUEUE.name, durable=True, arguments=OLD)
        await queue.bind(EXCHANGE, KEY)
        await publish(channel, *ids)

    act(make)
    return ids


async def taken(channel: AbstractChannel) -> list[Any]:
    # Declared as this release does: the broker would refuse it with the arguments of the one before.
    queue = await channel.declare_queue(QUEUE.name, durable=True, arguments=QUEUE.arguments)
    found = []
    while (message := await queue.get(fail=False, no_ack=True)) is not None:
        found.append(message)
    return found


def test_a_queue_gets_its_new_arguments_and_keeps_its_messages(act: Act, old: list[str], rabbitmq_url: str) -> None:
    with pytest.raises(aio_pika.exceptions.ChannelPreconditionFailed):
        act(taken)

    moved = asyncio.run(migrated(rabbitmq_url, "delivery_service"))

    assert moved == {QUEUE.name: 50}
    messages = act(taken)
    assert [one.message_id for one in messages] == old
    assert {(one.headers["x-attempt"], one.content_type) for one in messages} == {(2, "text/plain")}


def test_dead_letters_of_an_earlier_release_keep_their_reason_and_time(act: Act, rabbitmq_url: str) -> None:
    dead, parked_at = dead_letters("delivery-service"), datetime(2026, 5, 8, tzinfo=UTC)

    async def park(channel: AbstractChannel) -> None:
        await channel.declare_queue(dead.name, durable=True, arguments={"x-queue-type": "quorum"})
        letter = aio_pika.Message(b"{}", message_id="one", headers={"x-reason": "why"}, timestamp=parked_at)
        await channel.default_exchange.publish(letter, dead.name)

    async def kept(channel: AbstractChannel) -> AbstractIncomingMessage:
        queue = await channel.declare_queue(dead.name, durable=True, arguments=dead.arguments)
        return await queue.get(no_ack=True)

    act(park)

    assert asyncio.run(migrated(rabbitmq_url, "delivery_service")) == {dead.name: 1}
    letter = act(kept)
    assert (letter.message_id, letter.headers["x-reason"], letter.timestamp) == ("one", "why", parked_at)


def test_events_arrive_afterwards_and_the_temporary_queue_is_gone(act: Act, old: list[str], rabbitmq_url: str) -> None:
    asyncio.run(migrated(rabbitmq_url, "delivery_service"))
    act(lambda channel: publish(channel, "later"))

    assert act(taken)[-1].message_id == "later"
    with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
        act(lambda channel: channel.get_queue(f"{QUEUE.name}.moving"))


def test_the_command_reports_moved_messages(
    act: Act, old: list[str], rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOODAPP_DATABASE_URLS", "{}")
    monkeypatch.setenv("FOODAPP_RABBITMQ_URL", rabbitmq_url)
    first, second = (CliRunner().invoke(app, ["queues", "migrate", "delivery"]) for _ in range(2))

    assert first.output == f"{QUEUE.name}: migrated, 50 messages moved\n"
    assert second.output == "every queue has the arguments of this release\n"


def test_a_second_migration_has_nothing_to_do(act: Act, old: list[str], rabbitmq_url: str) -> None:
    asyncio.run(migrated(rabbitmq_url, "delivery_service"))

    assert asyncio.run(migrated(rabbitmq_url, "delivery_service")) == {}
    assert len(act(taken)) == 50


@pytest.mark.parametrize("moved", range(5))
def test_an_interrupted_migration_can_be_repeated(
    act: Act, old: list[str], rabbitmq_url: str, moved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupt it at its first, second … change of the broker, then repeat it."""
    left = iter(range(moved))

    def counted(change: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counting(*args: Any, **more: Any) -> Any:
            if next(left, None) is None:
                raise InterruptedError
            return await change(*args, **more)

        return counting

    with monkeypatch.context() as patch:
        patch.setattr(aio_pika.Queue, "bind", counted(aio_pika.Queue.bind))
        patch.setattr(aio_pika.Queue, "unbind", counted(aio_pika.Queue.unbind))
        patch.setattr(aio_pika.Channel, "queue_delete", counted(aio_pika.Channel.queue_delete))
        with pytest.raises(InterruptedError):
            asyncio.run(migrated(rabbitmq_url, "delivery_service"))
    act(lambda channel: publish(channel, "between"))

    asyncio.run(migrated(rabbitmq_url, "delivery_service"))

    assert {one.message_id for one in act(taken)} == {*old, "between"}


def test_a_queue_with_consumers_is_not_migrated(act: Act, old: list[str], rabbitmq_url: str) -> None:
    async def ignored(_: Any) -> None:
        pass

    async def consumed(channel: AbstractChannel) -> None:
        await channel.set_qos(prefetch_count=1)
        queue = await channel.get_queue(QUEUE.name)
        await queue.consume(ignored)
        with pytest.raises(FoodctlError, match="has 1 consumers: stop the service"):
            await migrated(rabbitmq_url, "delivery_service")

    act(consumed)


def test_two_migrations_do_not_run_at_once(act: Act, old: list[str], rabbitmq_url: str) -> None:
    async def both(channel: AbstractChannel) -> None:
        pour = moving._pour
        begun = asyncio.Event()

        async def poured(*args: Any) -> int:
            begun.set()
            with pytest.raises(FoodctlError, match="another migration of delivery-service is running"):
                await migrated(rabbitmq_url, "delivery_service")
            return await pour(*args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(moving, "_pour", poured)
            await migrated(rabbitmq_url, "delivery_service")
        assert begun.is_set()

    act(both)
    assert [one.message_id for one in act(taken)] == old


def test_an_unreachable_broker_is_a_one_line_error() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent, pytest.MonkeyPatch.context() as patch:
        patch.setattr(moving, "_SECONDS", 0.2)
        with pytest.raises(FoodctlError, match="the broker is unreachable: TimeoutError"):
            asyncio.run(migrated(f"amqp://127.0.0.1:{silent.getsockname()[1]}/", "delivery_service"))


def test_a_migration_waits_for_messages_in_retry_queues(act: Act, old: list[str], rabbitmq_url: str) -> None:
    exchange, room = retry_queue("food.retry", "delivery-service", 1.0)

    async def wait(channel: AbstractChannel) -> None:
        await channel.declare_exchange(exchange.name, aio_pika.ExchangeType.FANOUT, durable=True)
        queue = await channel.declare_queue(room.name, durable=True, arguments=room.arguments)
        await queue.bind(exchange.name)
        message = aio_pika.Message(b"again", message_id="again")
        await (await channel.get_exchange(exchange.name)).publish(message, QUEUE.name)

    act(wait)

    assert asyncio.run(migrated(rabbitmq_url, "delivery_service")) == {QUEUE.name: 51}
    assert act(taken)[-1].message_id == "again"
