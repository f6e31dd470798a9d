"""Actions on dead letters are recorded with their changes, and lose nothing when interrupted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from uuid import UUID, uuid4

import pytest
from aio_pika.abc import AbstractChannel
from fastapi import FastAPI
from messaging.parking import DEAD, PARKED, SERVICE, opened, park, waiting
from messaging.test_broker import proxied
from messaging.test_consumer import count
from pydantic import SecretStr
from review_service.models import Review
from sqlalchemy import Table, select

from foodchassis.kernel import Envelope
from foodchassis.kernel.resources import Resources
from foodchassis.messaging.broker import Broker
from foodchassis.messaging.dead_letters import NoWayBackError, Received
from foodchassis.messaging.operations import PAUSES, BrokerAwayError, DeadLetterNotFoundError, Operations
from foodchassis.storage.database import Database, run
from foodchassis.storage.tables import dropped_events, inbox, outbox_published
from foodchassis.testing import eventually
from foodchassis.testing.apps import booted

ADMIN = uuid4()


@pytest.fixture
def operations(live_app: FastAPI) -> Operations:
    found: Operations = live_app.state.resources.get(Operations)
    return found


@pytest.fixture
async def channel(live_app: FastAPI, rabbitmq_url: str) -> AsyncIterator[AbstractChannel]:
    async with opened(rabbitmq_url) as channel:
        yield channel


async def rows(app: FastAPI, table: Table) -> list[tuple[object, ...]]:
    async with app.state.resources.get(Database).transaction() as session:
        return [tuple(row) for row in (await run(session, select(table))).all()]


async def recorded(app: FastAPI) -> int:
    """Return how many actions of admins were published."""
    return sum(int(str(published)) for key, published in await rows(app, outbox_published) if key == "admin.acted")


async def test_a_replayed_dead_letter_is_handled_and_recorded_once(
    live_app: FastAPI, operations: Operations, channel: AbstractChannel, delivered: Envelope
) -> None:
    dead_letter = await park(channel, delivered.model_dump_json().encode())
    [found], total = await operations.dead_letters(100)
    assert (found.id, total) == (dead_letter, 1)

    await operations.replay(dead_letter, ADMIN)

    await eventually(lambda: count(live_app, Review))
    await waiting(channel, 0)
    with pytest.raises(DeadLetterNotFoundError):
        await operations.replay(dead_letter, ADMIN)
    await eventually(lambda: recorded(live_app))
    assert await recorded(live_app) == 1


async def test_a_dropped_dead_letter_is_recorded_with_its_reason(
    live_app: FastAPI, operations: Operations, channel: AbstractChannel, delivered: Envelope
) -> None:
    dead_letter = await park(channel, delivered.model_dump_json().encode())
    other = await park(channel, b"no event at all")

    await operations.drop(dead_letter, ADMIN, "Of no use.")
    await operations.drop(other, ADMIN, "Of no use.")

    assert [row[:3] for row in await rows(live_app, dropped_events)] == [
        ("on_order_delivered", delivered.id, "Of no use.")
    ]
    await waiting(channel, 0)

    async def both_recorded() -> bool:
        return await recorded(live_app) == 2

    await eventually(both_recorded)


async def test_a_dead_letter_without_an_origin_stays_and_nothing_is_recorded(
    live_app: FastAPI, operations: Operations, channel: AbstractChannel
) -> None:
    dead_letter = await park(channel, headers={**PARKED, "x-queue": f"{SERVICE}.gone"})

    with pytest.raises(NoWayBackError):
        await operations.replay(dead_letter, ADMIN)

    assert [one.message_id for one in await waiting(channel, 1)] == [str(dead_letter)]
    assert (await operations.backlog()).waiting == await recorded(live_app) == 0


async def test_an_action_that_cannot_be_recorded_is_not_done(
    live_app: FastAPI, operations: Operations, channel: AbstractChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise ValueError("no audit today")

    dead_letter = await park(channel)
    monkeypatch.setattr(operations, "_acted", refuse)
    for act in (operations.replay(dead_letter, ADMIN), operations.drop(dead_letter, ADMIN, "Of no use.")):
        with pytest.raises(ValueError, match="no audit today"):
            await act

    assert [one.message_id for one in await waiting(channel, 1)] == [str(dead_letter)]
    assert await rows(live_app, dropped_events) == await rows(live_app, inbox) == []


async def test_a_cancelled_request_leaves_the_dead_letter(
    live_app: FastAPI,
    operations: Operations,
    channel: AbstractChannel,
    delivered: Envelope,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dead_letter = await park(channel, delivered.model_dump_json().encode())
    reached = asyncio.Event()

    async def never(_: Received) -> None:
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(Received, "acknowledge", never)
        asking = asyncio.create_task(operations.replay(dead_letter, ADMIN))
        await reached.wait()
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
    await eventually(lambda: count(live_app, Review))

    await operations.replay(dead_letter, ADMIN)

    await waiting(channel, 0)
    assert await count(live_app, inbox) == await count(live_app, Review) == 1


async def test_reads_and_unknown_ids_lose_no_dead_letters(
    operations: Operations, channel: AbstractChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foodchassis.messaging.operations.PAUSES", ())
    dead_letters = {await park(channel) for _ in range(3)}

    async def all_back() -> bool:
        return (await operations.backlog()).dead_letters == 3

    for _ in range(12):
        found, _total = await operations.dead_letters(100)
        assert {one.id for one in found} == dead_letters
        await eventually(all_back)
        with pytest.raises(DeadLetterNotFoundError):
            await operations.drop(uuid4(), ADMIN, "Of no use.")
        await eventually(all_back)

    assert {UUID(one.message_id) for one in await waiting(channel, 3)} == dead_letters


async def test_concurrent_actions_of_admins_happen_once(
    live_app: FastAPI, operations: Operations, channel: AbstractChannel
) -> None:
    dead_letters = [await park(channel) for _ in range(4)]
    twice = [*dead_letters, *dead_letters]

    results = await asyncio.gather(
        *(operations.drop(one, ADMIN, "Of no use.") for one in twice), return_exceptions=True
    )

    done = [one for one, result in zip(twice, results, strict=True) if result is None]
    assert sorted(done) == sorted(dead_letters)
    assert {type(result) for result in results if result is not None} == {DeadLetterNotFoundError}
    assert await waiting(channel, 0, DEAD) == []


async def test_a_dead_letter_received_by_another_instance_is_awaited(
    live_app: FastAPI, operations: Operations, channel: AbstractChannel
) -> None:
    dead_letter = await park(channel)
    queue = await channel.get_queue(DEAD, ensure=False)
    received = await queue.get(timeout=10)

    dropping = asyncio.create_task(operations.drop(dead_letter, ADMIN, "Of no use."))
    await asyncio.wait([dropping], timeout=PAUSES[0])
    assert not dropping.done()
    await received.nack(requeue=True)

    await dropping
    assert await waiting(channel, 0, DEAD) == []


async def test_the_backlog_is_counted_while_the_broker_is_down(
    live_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        url, _ = await stack.enter_async_context(proxied(live_environment["RABBITMQ_URL"], []))
        async for app in booted("review_service", {**live_environment, "RABBITMQ_URL": url}, monkeypatch):
            operations: Operations = app.state.resources.get(Operations)
            await asyncio.wait_for(app.state.resources.get(Broker).started.wait(), 20)
            assert (await operations.backlog()).dead_letters == 0
            await stack.aclose()

            for _ in range(3):
                found = await operations.backlog()
                assert (found.waiting, found.sizes, found.dead_letters, found.queues) == (0, None, None, {})


async def test_a_broker_that_is_down_is_reported(live_app: FastAPI, operations: Operations) -> None:
    resources: Resources = live_app.state.resources
    resources.settings.rabbitmq_url = SecretStr("amqp://somebody:secret@127.0.0.1:1/")

    with pytest.raises(BrokerAwayError, match="stay in their queue") as refused:
        await operations.dead_letters(100)

    assert (refused.value.retry_after, "secret" in str(refused.value)) == (2, False)
