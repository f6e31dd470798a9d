import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from typer.testing import CliRunner

from devservers.interface import Endpoints
from foodchassis.messaging.broker import dead_letters, event_queue
from foodctl.catalog import SERVICES
from foodctl.cli import app
from foodctl.errors import FoodctlError
from foodctl.limits import Limits, put
from foodctl.subscriptions import subscriptions

SERVICE = "delivery-service"
QUEUE, DEAD = event_queue(SERVICE, "order.paid"), dead_letters(SERVICE)


@pytest.fixture
def limited(rabbitmq_url: str, servers: Endpoints, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that runs `foodctl queues limits` at this test's virtual host."""
    monkeypatch.setenv("FOODAPP_DATABASE_URLS", "{}")
    monkeypatch.setenv("FOODAPP_RABBITMQ_URL", rabbitmq_url)
    if servers.management_url:
        monkeypatch.setenv("FOODAPP_RABBITMQ_MANAGEMENT_URL", servers.management_url)

    def run(*options: str) -> str:
        found = CliRunner().invoke(app, ["queues", "limits", *options])
        assert found.exit_code == 0, found.output
        return found.output

    return run


async def deliveries_until_parked(channel: AbstractChannel, event: str) -> int:
    """Return how often an event was delivered and rejected before the broker parked it."""
    queue = await channel.declare_queue(QUEUE.name, durable=True, arguments=QUEUE.arguments)
    dead = await channel.declare_queue(DEAD.name, durable=True, arguments=DEAD.arguments)
    parked = asyncio.Event()
    came = 0

    async def give_back(message: AbstractIncomingMessage) -> None:
        nonlocal came
        came += 1
        await message.reject(requeue=True)

    async def note(message: AbstractIncomingMessage) -> None:
        await message.ack()
        parked.set()

    await queue.consume(give_back)
    await dead.consume(note)
    await channel.default_exchange.publish(aio_pika.Message(b"{}", message_id=event), QUEUE.name)
    async with asyncio.timeout(10):
        await parked.wait()
    return came


def test_a_changed_limit_applies_to_an_existing_queue(act: Any, limited: Any) -> None:
    assert limited("--delivery-limit", "3") == "policy foodapp-events: delivery-limit 3\n"
    first = act(lambda channel: deliveries_until_parked(channel, "first"))
    limited("--delivery-limit", "7")
    second = act(lambda channel: deliveries_until_parked(channel, "second"))

    # The queue was declared once, with the arguments of every release, and not recreated.
    assert second - first == 4
    assert first in {3, 4}


def test_a_full_queue_refuses_its_publisher_until_its_limit_is_raised(act: Any, limited: Any) -> None:
    async def publish(channel: AbstractChannel) -> None:
        await channel.declare_queue(QUEUE.name, durable=True, arguments=QUEUE.arguments)
        await channel.default_exchange.publish(aio_pika.Message(b"{}"), QUEUE.name)

    limited("--max-length", "1")
    act(publish)
    act(publish)
    with pytest.raises(aio_pika.exceptions.DeliveryError):
        act(publish)

    assert limited() == "policy foodapp-events: delivery-limit 50\n"
    act(publish)


def test_the_policy_matches_exactly_the_event_queues() -> None:
    pattern = re.compile(Limits().policy["pattern"])
    events = [
        event_queue(one.name, key).name
        for one in SERVICES
        if "rabbitmq" in one.needs
        for key in subscriptions(one.package).values()
    ]

    assert events
    assert all(map(pattern.search, events))
    others = [DEAD.name, f"{SERVICE}.migration", f"{QUEUE.name}.moving", "food.retry.100ms", "chaos.tap"]
    assert not any(map(pattern.search, others))


def test_definitions_are_printed_for_rabbitmqctl(limited: Any, rabbitmq_url: str) -> None:
    [policy] = json.loads(limited("--definitions", "--delivery-limit", "9"))["policies"]

    assert policy["vhost"] == rabbitmq_url.rpartition("/")[2]
    assert (policy["name"], policy["definition"]) == ("foodapp-events", {"delivery-limit": 9})


def test_a_management_interface_that_does_not_answer_is_said_with_the_way_around(rabbitmq_url: str) -> None:
    with pytest.raises(FoodctlError, match=r"--definitions` into `rabbitmqctl import_definitions /dev/stdin`"):
        put(Limits(), rabbitmq_url, "http://127.0.0.1:9")


def test_a_refusal_of_the_broker_is_an_error(servers: Endpoints, rabbitmq_url: str) -> None:
    with pytest.raises(FoodctlError, match="RabbitMQ refused the policy: 400"):
        put(Limits(max_length=-5), rabbitmq_url, servers.management_url)


@pytest.mark.parametrize("url", ["rabbit:5672", "rabbit", "http://rabbit/", "amqp://"])
def test_an_invalid_broker_url_is_an_error(url: str) -> None:
    with pytest.raises(FoodctlError, match="must begin with amqp://"):
        put(Limits(), url, None)


@pytest.mark.parametrize(("broker", "management"), [("amqp://[::1]/", None), ("amqp://rabbit/", "http://rabbit:port")])
def test_an_unreachable_address_is_an_error(broker: str, management: str | None) -> None:
    with pytest.raises(FoodctlError, match=r"does not respond at http://(\[::1\]:15672|rabbit:port)"):
        put(Limits(), broker, management)
