"""Repeated and interrupted reads lose no dead letters."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import UUID

import pytest
from aio_pika import Message
from aio_pika.abc import AbstractChannel, DeliveryMode
from aio_pika.exceptions import AMQPError
from messaging.parking import DEAD, DEAD_LETTERS, EVENTS, PARKED, QUEUE, SERVICE, crash, declare, opened, park, waiting
from messaging.test_broker import proxied

from foodchassis.messaging import dead_letters
from foodchassis.messaging.broker import DELIVERY_LIMIT
from foodchassis.messaging.dead_letter import DeadLetter
from foodchassis.messaging.dead_letters import NoWayBackError, QueueFullError

# RabbitMQ 4 by default drops a message that was returned more than 20 times.
OFTEN = 25
BROKEN_OFF = (AMQPError, OSError)


@pytest.fixture
async def channel(rabbitmq_url: str) -> AsyncIterator[AbstractChannel]:
    async with opened(rabbitmq_url) as channel:
        await declare(channel, DEAD_LETTERS)
        await declare(channel, EVENTS)
        yield channel


async def send_all_back(url: str) -> None:
    async with dead_letters.opened(url) as queues:
        async for received in queues.of(SERVICE):
            await received.send_back()


async def test_a_service_that_never_ran_has_no_dead_letters(rabbitmq_url: str) -> None:
    async with dead_letters.opened(rabbitmq_url) as queues:
        assert await queues.count("nobody") == 0
        assert [received async for received in queues.of("nobody")] == []


async def test_dead_letters_are_ordered_and_limited(rabbitmq_url: str, channel: AbstractChannel) -> None:
    ids = [await park(channel) for _ in range(4)]

    async with dead_letters.opened(rabbitmq_url) as queues:
        assert await queues.count(SERVICE) == 4
        assert [received.dead_letter.id async for received in queues.of(SERVICE, most=3)] == ids[:3]
    assert len(await waiting(channel, 4)) == 4


async def test_a_dead_letter_is_read_any_number_of_times(rabbitmq_url: str, channel: AbstractChannel) -> None:
    parked_at = datetime(2026, 5, 8, tzinfo=UTC)
    dead_letter = await park(channel, b"dear", timestamp=parked_at, content_type="text/plain")

    await crash(rabbitmq_url, OFTEN)

    [kept] = await waiting(channel, 1)
    assert (kept.message_id, kept.body, kept.timestamp) == (str(dead_letter), b"dear", parked_at)
    assert (kept.content_type, kept.delivery_mode) == ("text/plain", DeliveryMode.PERSISTENT)
    assert PARKED.items() <= kept.headers.items()


async def test_a_message_that_crashes_its_consumers_is_kept_as_a_dead_letter(
    rabbitmq_url: str, channel: AbstractChannel
) -> None:
    """RabbitMQ 4.3 continues its delivery count in the dead-letter queue, which must not drop it."""
    await channel.default_exchange.publish(Message(b"crash", message_id="one", delivery_mode=2), QUEUE)

    await crash(rabbitmq_url, DELIVERY_LIMIT + 1, QUEUE)
    await crash(rabbitmq_url, OFTEN)

    [kept] = await waiting(channel, 1)
    assert (kept.message_id, kept.body, DeadLetter.read(SERVICE, kept).origin) == ("one", b"crash", QUEUE)
    assert await waiting(channel, 0, QUEUE) == []


async def test_a_dead_letter_that_cannot_be_sent_back_stays(rabbitmq_url: str, channel: AbstractChannel) -> None:
    dead_letter = await park(channel, headers={**PARKED, "x-queue": f"{SERVICE}.gone"})

    with pytest.raises(NoWayBackError, match=r"There is no queue review-service\.gone"):
        await send_all_back(rabbitmq_url)

    assert [one.message_id for one in await waiting(channel, 1)] == [str(dead_letter)]


async def test_a_dead_letter_of_a_full_queue_stays(rabbitmq_url: str, channel: AbstractChannel) -> None:
    full = f"{SERVICE}.full"
    await channel.declare_queue(full, durable=True, arguments={"x-max-length": 0, "x-overflow": "reject-publish"})
    dead_letter = await park(channel, headers={**PARKED, "x-queue": full})

    with pytest.raises(QueueFullError, match=r"review-service\.full does not accept it"):
        await send_all_back(rabbitmq_url)

    assert [one.message_id for one in await waiting(channel, 1)] == [str(dead_letter)]


async def test_an_acknowledged_dead_letter_is_removed(rabbitmq_url: str, channel: AbstractChannel) -> None:
    dead_letter = await park(channel, b"dear")

    async with dead_letters.opened(rabbitmq_url) as queues:
        async for received in queues.of(SERVICE):
            await received.send_back()
            await received.acknowledge()

    [sent] = await waiting(channel, 1, QUEUE)
    assert (sent.message_id, sent.body) == (str(dead_letter), b"dear")
    assert set(sent.headers) <= {"x-delivery-count"}
    assert await waiting(channel, 0, DEAD) == []


async def test_a_lost_connection_returns_all_dead_letters(rabbitmq_url: str, channel: AbstractChannel) -> None:
    ids = {await park(channel) for _ in range(3)}

    async def look(stack: AsyncExitStack) -> None:
        url, _ = await stack.enter_async_context(proxied(rabbitmq_url, []))
        async with dead_letters.opened(url) as queues:
            async for _received in queues.of(SERVICE):
                await stack.aclose()

    async with AsyncExitStack() as stack:
        with pytest.raises(BROKEN_OFF):
            await look(stack)

    assert {UUID(one.message_id) for one in await waiting(channel, 3)} == ids
