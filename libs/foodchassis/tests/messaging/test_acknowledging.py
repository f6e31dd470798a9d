"""Acknowledgements on a real channel: together where deliveries end in an unbroken row, and never one that is open."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aio_pika
import pytest
from aio_pika.exceptions import ChannelInvalidStateError
from messaging.parking import opened, waiting

from foodchassis import new_id
from foodchassis.messaging import acknowledging
from foodchassis.messaging.acknowledging import Acknowledgements

COUNT = 6


@pytest.fixture
async def queue(rabbitmq_url: str) -> AsyncIterator[str]:
    async with opened(rabbitmq_url) as channel:
        name = f"acknowledged.{new_id()}"
        await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum"})
        for number in range(1, COUNT + 1):
            await channel.default_exchange.publish(aio_pika.Message(b"%d" % number, delivery_mode=2), name)
        yield name
        await channel.queue_delete(name)


class Consumed:
    """All messages of a queue, delivered on one channel that counts the frames of our acknowledgements."""

    def __init__(self, delivered: dict[int, aio_pika.abc.AbstractIncomingMessage]) -> None:
        self.delivered = delivered
        self.channel: Any = delivered[1].channel
        self.frames: list[tuple[int, bool]] = []
        self.acknowledgements = Acknowledgements()
        self.first_sent, self.writable = asyncio.Event(), asyncio.Event()
        self.writable.set()
        self._basic_ack = self.channel.basic_ack
        vars(self.channel)["basic_ack"] = self._counted

    async def end(self, *numbers: int) -> None:
        """Have these messages end at the same time."""
        messages: list[Any] = [SimpleNamespace(raw_message=self.delivered[number]) for number in numbers]
        await asyncio.gather(*map(self.acknowledgements.send, messages))

    async def _counted(self, tag: int, multiple: bool = False, wait: bool = True) -> None:
        self.frames.append((tag, multiple))
        if len(self.frames) == 1:
            self.first_sent.set()
            await self.writable.wait()
        await self._basic_ack(tag, multiple, wait)


async def consume(channel: aio_pika.abc.AbstractChannel, name: str) -> Consumed:
    queue = await channel.get_queue(name, ensure=False)
    found = dict[int, aio_pika.abc.AbstractIncomingMessage]()
    async with queue.iterator(no_ack=False) as messages:
        async for message in messages:
            found[int(message.body)] = message
            if len(found) == COUNT:
                return Consumed(found)
    raise AssertionError


@pytest.mark.parametrize(
    ("turns", "frames"),
    [
        ([(1, 2, 3, 4, 5, 6)], [(6, True)]),
        ([(3, 1, 2)], [(3, True)]),
        ([(1,), (2,)], [(1, False), (2, False)]),
        ([(2, 3)], [(2, False), (3, False)]),
        ([(2, 3), (1,)], [(2, False), (3, False), (1, False)]),
        ([(2, 3), (1, 4)], [(2, False), (3, False), (4, True)]),
        ([(1, 2, 4, 6)], [(2, True), (4, False), (6, False)]),
        ([(2,), (4,), (1, 3, 5)], [(2, False), (4, False), (5, True)]),
    ],
)
async def test_what_has_ended_is_gone_and_the_rest_is_delivered_again(
    rabbitmq_url: str, queue: str, turns: list[tuple[int, ...]], frames: list[tuple[int, bool]]
) -> None:
    async with opened(rabbitmq_url) as channel:
        consumed = await consume(channel, queue)
        for numbers in turns:
            await consumed.end(*numbers)
        assert consumed.frames == frames

    ended = {number for numbers in turns for number in numbers}
    async with opened(rabbitmq_url) as channel:
        left = await waiting(channel, COUNT - len(ended), queue)
        assert {int(one.body) for one in left} == set(range(1, COUNT + 1)) - ended


async def test_an_acknowledgement_that_waits_for_the_connection_is_not_overtaken(rabbitmq_url: str, queue: str) -> None:
    async with opened(rabbitmq_url) as channel:
        consumed = await consume(channel, queue)
        consumed.writable.clear()
        async with asyncio.TaskGroup() as group:
            group.create_task(consumed.end(2))
            await consumed.first_sent.wait()
            group.create_task(consumed.end(1, 3))
            asyncio.get_running_loop().call_later(0.05, consumed.writable.set)
        await consumed.end(4)

        assert consumed.frames == [(2, False), (3, True), (4, False)]
        assert not consumed.channel.is_closed

    async with opened(rabbitmq_url) as channel:
        assert {int(one.body) for one in await waiting(channel, 2, queue)} == {5, 6}


async def test_after_a_delivery_that_nobody_handles_each_is_acknowledged_alone_and_not_remembered(
    rabbitmq_url: str, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acknowledging, "MOST_APART", 2)
    async with opened(rabbitmq_url) as channel:
        consumed = await consume(channel, queue)
        for number in (2, 3, 4, 5):
            await consumed.end(number)
        await consumed.end(1, 6)

        assert consumed.frames == [(2, False), (3, False), (4, False), (5, False), (1, False), (6, False)]

    async with opened(rabbitmq_url) as channel:
        assert await waiting(channel, 0, queue) == []


async def test_a_closed_channel_fails_each_that_ends(rabbitmq_url: str, queue: str) -> None:
    async with opened(rabbitmq_url) as channel:
        consumed = await consume(channel, queue)

    messages: list[Any] = [SimpleNamespace(raw_message=consumed.delivered[number]) for number in (1, 2)]
    failed = await asyncio.gather(*map(consumed.acknowledgements.send, messages), return_exceptions=True)

    assert [type(one) for one in failed] == [ChannelInvalidStateError] * 2
