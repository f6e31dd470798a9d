"""Repeated and interrupted reads lose no dead letters."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import UUID

import pytest
from aio_pika.abc import AbstractChannel, DeliveryMode
from aio_pika.exceptions import AMQPError
from messaging.parking import DEAD, PARKED, QUEUE, SERVICE, declare, opened, park, put_back, waiting
from messaging.test_broker import proxied

from foodchassis.messaging import dead_letters
from foodchassis.messaging.dead_letter import DeadLetter
from foodchassis.messaging.dead_letters import NoWayBackError, QueueFullError

# Fewer than 20, at which RabbitMQ drops a message, but enough to be renewed.
OFTEN = 12
BROKEN_OFF = (AMQPError, OSError)


@pytest.fixture
async def channel(rabbitmq_url: str) -> AsyncIterator[AbstractChannel]:
    async with opened(rabbitmq_url) as channel:
        await declare(channel)
        await declare(channel, QUEUE)
        yield channel


def every(_: DeadLetter) -> bool:
    return True


async def send_all_back(url: str) -> None:
    async with dead_letters.opened(url) as queues:
        async for received in queues.of(SERVICE, every):
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


async def test_a_dead_letter_returned_often_is_renewed(rabbitmq_url: str, channel: AbstractChannel) -> None:
    parked_at = datetime(2026, 5, 8, tzinfo=UTC)
    dead_letter = await park(channel, b"dear", timestamp=parked_at, content_type="text/plain")
    await put_back(channel, OFTEN)

    async with dead_letters.opened(rabbitmq_url) as queues:
        assert [received.dead_letter.id async for received in queues.of(SERVICE)] == [dead_letter]
        # Still open: an interruption from here on does not return it once more.
        [kept] = await waiting(channel, 1)

    assert (kept.message_id, kept.body, kept.timestamp) == (str(dead_letter), b"dear", parked_at)
    assert (kept.content_type, kept.delivery_mode) == ("text/plain", DeliveryMode.PERSISTENT)
    # RabbitMQ 3.10 sends 0 where later releases omit the header.
    assert {"x-delivery-count": 0, **kept.headers} == {**PARKED, "x-delivery-count": 0}


async def test_a_dead_letter_that_cannot_be_sent_back_is_renewed(rabbitmq_url: str, channel: AbstractChannel) -> None:
    await park(channel, headers={**PARKED, "x-queue": f"{SERVICE}.gone"})
    await put_back(channel, OFTEN)

    with pytest.raises(NoWayBackError, match=r"There is no queue review-service\.gone"):
        await send_all_back(rabbitmq_url)

    [kept] = await waiting(channel, 1)
    assert kept.headers.get("x-delivery-count", 0) == 0


async def test_a_dead_letter_of_a_full_queue_stays(rabbitmq_url: str, channel: AbstractChannel) -> None:
    full = f"{SERVICE}.full"
    await channel.declare_queue(full, durable=True, arguments={"x-max-length": 0, "x-overflow": "reject-publish"})
    dead_letter = await park(channel, headers={**PARKED, "x-queue": full})

    with pytest.raises(QueueFullError, match=r"review-service\.full does not accept it"):
        await send_all_back(rabbitmq_url)

    assert [one.message_id for one in await waiting(channel, 1)] == [str(dead_letter)]


async def test_an_acknowledged_dead_letter_is_removed(rabbitmq_url: str, channel: AbstractChannel) -> None:
    dead_letter = await park(channel, b"dear")
    await put_back(channel, OFTEN)

    async with dead_letters.opened(rabbitmq_url) as queues:
        async for received in queues.of(SERVICE, every):
            await received.send_back()
            await received.acknowledge()

    [sent] = await waiting(channel, 1, QUEUE)
    assert (sent.message_id, sent.body) == (str(dead_letter), b"dear")
    assert {"x-delivery-count": 0, **sent.headers} == {"x-delivery-count": 0}
    assert await waiting(channel, 0, DEAD) == []


@pytest.mark.parametrize("times", [0, OFTEN])
async def test_a_lost_connection_returns_all_dead_letters(
    rabbitmq_url: str, channel: AbstractChannel, times: int
) -> None:
    ids = {await park(channel)}
    await put_back(channel, times)
    ids |= {await park(channel) for _ in range(2)}

    async def look(stack: AsyncExitStack) -> None:
        url, _ = await stack.enter_async_context(proxied(rabbitmq_url, []))
        async with dead_letters.opened(url) as queues:
            async for _received in queues.of(SERVICE, every):
                await stack.aclose()

    async with AsyncExitStack() as stack:
        with pytest.raises(BROKEN_OFF):
            await look(stack)

    assert {UUID(one.message_id) for one in await waiting(channel, 3)} == ids
