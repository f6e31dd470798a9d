"""Faults of messages: copies of real events arrive again, late or in another order, and some are unreadable."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, QueueEmpty

from foodchassis.messaging.broker import dead_letters, event_queue
from foodctl.catalog import SERVICES
from foodctl.subscriptions import subscriptions
from foodlab.chaos.stage import Stage
from foodlab.taps.exchange import EXCHANGE, declare

WAYS = ("duplicate", "late", "reorder", "poison")
POISON = "poison"
_TAP = "chaos.tap"
_COPIES = 100
_TIMEOUT = 60
_BODIES = (b"", b"\x00\xff", b"{", b"[]", b'{"type": "order.created.v1"}', b"null", b"9" * 5_000)
_HEADERS: tuple[aio_pika.abc.HeadersType, ...] = (
    {},
    {"x-attempt": "abc"},
    {"x-attempt": -1},
    {"traceparent": "00-0-0-0"},
)


async def tap(stage: Stage) -> None:
    """Declare a queue that gets copies of the newest events."""
    async with await aio_pika.connect(stage.system.endpoints.rabbitmq_url) as connection:
        await declare(await connection.channel(), _TAP, most=2 * _COPIES)


@asynccontextmanager
async def disturb(way: str, stage: Stage, _target: str) -> AsyncIterator[None]:
    """Publish copies immediately, twice, in reverse order or when the fault ends; or unreadable messages."""
    async with await _connected(stage) as connection:
        channel = await connection.channel()
        if way == "poison":
            await _poison(channel)
            yield
            return
        events = await _taken(channel)
        if way == "late":
            yield
        again = {"duplicate": events * 2, "reorder": events[::-1], "late": events}[way]
        exchange = await channel.get_exchange(EXCHANGE)
        await asyncio.gather(*(exchange.publish(_copy(one), one.routing_key or "", mandatory=False) for one in again))
        if way != "late":
            yield


async def parked(stage: Stage) -> tuple[int, list[str]]:
    """Remove the unreadable messages from the dead letters; return their number, and the reasons of all others."""
    poison, others = 0, list[str]()
    async with await aio_pika.connect(stage.system.endpoints.rabbitmq_url) as connection:
        channel = await connection.channel()
        for service in (one for one in SERVICES if one.has_database):
            queue = await channel.declare_queue(dead_letters(service.name).name, passive=True)
            while (message := await queue.get(fail=False)) is not None:
                if (message.message_id or "").startswith(POISON):
                    poison += 1
                    await message.ack()
                else:
                    others.append(f"{message.headers.get('x-queue')!s}: {message.headers.get('x-reason')!s}")
    return poison, others


async def _connected(stage: Stage) -> AbstractConnection:
    """Connect, waiting while another fault keeps the broker down."""
    async with asyncio.timeout(_TIMEOUT):
        while True:
            try:
                return await aio_pika.connect(stage.system.endpoints.rabbitmq_url, timeout=5)
            except (OSError, AMQPError, TimeoutError):
                await asyncio.sleep(1)


async def _taken(channel: AbstractChannel) -> list[AbstractIncomingMessage]:
    queue = await channel.declare_queue(_TAP, passive=True)
    taken = list[AbstractIncomingMessage]()
    try:
        while len(taken) < _COPIES:
            taken.append(await queue.get(no_ack=True))
    except QueueEmpty:
        pass
    return taken


async def _poison(channel: AbstractChannel) -> None:
    for service in (one for one in SERVICES if one.has_database):
        for number, key in enumerate(sorted(set(subscriptions(service.package).values()))):
            body, headers = random.choice(_BODIES), random.choice(_HEADERS)  # noqa: S311 - any will do
            poison = aio_pika.Message(body, message_id=f"{POISON}-{number}", headers=dict(headers))
            await channel.default_exchange.publish(poison, event_queue(service.name, key).name)


def _copy(message: AbstractIncomingMessage) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        message_id=message.message_id,
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        headers=message.headers,
    )
