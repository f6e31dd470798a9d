"""Each service's users at real RabbitMQ and Redis servers."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pytest
import redis
from aio_pika.abc import AbstractChannel, AbstractQueue
from aiormq.exceptions import ChannelAccessRefused

from devservers.interface import Endpoints
from foodchassis.messaging.broker import dead_letters, event_queue, retry_queue
from foodchassis.messaging.dead_letters import opened
from foodctl.accounts import permissions, put, topic_permissions
from foodctl.catalog import SERVICES, Service, service_named
from foodctl.errors import FoodctlError
from foodctl.redis_users import KEYS, redis_user
from foodctl.subscriptions import events, publishers

BROKERED = [one for one in SERVICES if "rabbitmq" in one.needs]
CACHED = [one for one in SERVICES if "redis" in one.needs]
PASSWORDS = {one.name: f"{one.name} 0f tests" for one in SERVICES}
OWN = {
    "api-gateway": ["limit:a:203.0.113.9", ""],
    "user-service": ["login:own:x", "stream-ticket:x", "auth:revoked"],
    "order-service": [],
    "delivery-service": ["delivery:positions"],
    "menu-service": ["menu:x"],
    "payment-service": ["payment:x"],
    "console-service": ["console:log-in:x"],
}


@pytest.fixture
def endpoints(servers: Endpoints, rabbitmq_url: str) -> Endpoints:
    if servers.management_url is None:
        pytest.fail("these servers have no management interface: set FOODAPP_RABBITMQ_MANAGEMENT_URL")
    found = replace(servers, rabbitmq_url=rabbitmq_url)
    put(PASSWORDS, found)
    put(PASSWORDS, found)
    return found


def as_service(url: str, service: Service) -> str:
    place = urlsplit(url)
    password = PASSWORDS[service.name].replace(" ", "%20")
    return place._replace(netloc=f"{service.package}:{password}@{place.netloc.rpartition('@')[2]}").geturl()


@contextmanager
def redis_as(endpoints: Endpoints, service: Service) -> Iterator[Any]:
    with redis.Redis.from_url(as_service(endpoints.redis_url, service), decode_responses=True) as client:
        yield client


async def declared(channel: AbstractChannel, service: Service) -> list[str]:
    """Declare a service's exchanges and queues, and return the names of its queues."""
    exchange = await channel.declare_exchange("food.events", aio_pika.ExchangeType.TOPIC, durable=True)
    dead, event = dead_letters(service.name), event_queue(service.name, "order.paid")
    room, waiting = retry_queue("food.retry", service.name, 1.0)
    resting = await channel.declare_exchange(room.name, aio_pika.ExchangeType.FANOUT, durable=True)
    for queue in (dead, event, waiting):
        made = await channel.declare_queue(queue.name, durable=True, arguments=queue.arguments)
        if queue is event:
            await made.bind(exchange, "order.paid")
        elif queue is waiting:
            await made.bind(resting)
    await channel.default_exchange.publish(aio_pika.Message(b"{}"), dead.name)
    await exchange.publish(aio_pika.Message(b"{}"), f"{service.short}.completed")
    return [dead.name, event.name, waiting.name]


async def refused(url: str, queue: str) -> list[str]:
    """Return the operations that this user may not do with a queue."""
    ways: dict[str, Callable[[AbstractQueue], Awaitable[Any]]] = {
        "read": lambda found: found.get(fail=False),
        "purge": lambda found: found.purge(),
        "bind": lambda found: found.bind("food.events", "order.paid"),
        "delete": lambda found: found.delete(if_unused=False, if_empty=False),
    }
    closed = []
    async with await aio_pika.connect(url) as connection:
        for name, way in ways.items():
            try:
                await way(await (await connection.channel()).get_queue(queue, ensure=False))
            except ChannelAccessRefused:
                closed.append(name)
    return closed


def test_a_service_reads_its_own_queues_and_no_others(endpoints: Endpoints) -> None:
    owner, stranger = service_named("payment-service"), service_named("order-service")

    async def attempt() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        async with await aio_pika.connect(as_service(endpoints.rabbitmq_url, owner)) as connection:
            queues = await declared(await connection.channel(), owner)
            own = {name: await refused(as_service(endpoints.rabbitmq_url, owner), name) for name in queues[:1]}
        return own, {name: await refused(as_service(endpoints.rabbitmq_url, stranger), name) for name in queues[1:]}

    own, others = asyncio.run(attempt())

    assert list(own.values()) == [[]]
    assert list(others.values()) == [["read", "purge", "bind", "delete"]] * 2


def test_a_service_sends_its_own_dead_letters_back(endpoints: Endpoints) -> None:
    owner = service_named("payment-service")
    url = as_service(endpoints.rabbitmq_url, owner)

    async def attempt() -> int | None:
        async with await aio_pika.connect(url) as connection, opened(url) as queues:
            channel = await connection.channel()
            dead, home, _ = await declared(channel, owner)
            letter = aio_pika.Message(b"{}", headers={"x-queue": home})
            await channel.default_exchange.publish(letter, dead)
            async for received in queues.of(owner.name):
                if received.dead_letter.origin is not None:
                    await received.send_back()
                    await received.acknowledge()
            return (await channel.declare_queue(home, passive=True)).declaration_result.message_count

    assert asyncio.run(attempt()) == 1


@pytest.mark.parametrize("service", BROKERED, ids=lambda one: one.name)
def test_no_permission_of_a_service_covers_a_queue_of_another(service: Service) -> None:
    allowed = permissions(service)
    for other in BROKERED:
        room, _ = retry_queue("food.retry", other.name, 0.1)
        for queue in (dead_letters(other.name), event_queue(other.name, "order.paid"), room):
            found = {what: bool(re.search(names, queue.name)) for what, names in allowed.items()}
            assert found == dict.fromkeys(found, other == service), queue.name


def test_a_service_publishes_its_own_events_and_no_others(endpoints: Endpoints) -> None:
    async def published(service: str, event: str) -> bool:
        url = as_service(endpoints.rabbitmq_url, service_named(service))
        async with await aio_pika.connect(url) as connection:
            channel = await connection.channel()
            exchange = await channel.declare_exchange("food.events", aio_pika.ExchangeType.TOPIC, durable=True)
            try:
                await exchange.publish(aio_pika.Message(b"{}"), event, mandatory=False)
            except ChannelAccessRefused:
                return False
        return True

    async def attempt() -> set[tuple[str, str]]:
        tries = [
            ("payment-service", event) for event in ("payment.completed", "admin.acted", "order.paid", "payment")
        ] + [("user-service", event) for event in ("user.erased", "admin.acted", "order.paid")]
        return {one for one in tries if await published(*one)}

    assert asyncio.run(attempt()) == {
        *[("payment-service", event) for event in ("payment.completed", "admin.acted")],
        *[("user-service", event) for event in ("user.erased", "admin.acted")],
    }


@pytest.mark.parametrize("service", BROKERED, ids=lambda one: one.name)
def test_a_service_may_publish_exactly_its_own_events(service: Service) -> None:
    allowed = topic_permissions(service)["write"]
    for event in events():
        assert bool(re.search(allowed, event.routing_key)) == (service.name in publishers(event)), event


@pytest.mark.parametrize("service", CACHED, ids=lambda one: one.name)
def test_a_service_reaches_its_own_keys_and_no_others(endpoints: Endpoints, service: Service) -> None:
    others = {key for name, keys in OWN.items() if name != service.name for key in keys} - set(OWN[service.name])
    with redis_as(endpoints, service) as client:
        for key in OWN[service.name]:
            assert client.execute_command("EXISTS", key) in {0, 1}
            assert client.execute_command("DEL", key) in {0, 1}
        for key in others - {"auth:revoked"}:
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command("EXISTS", key)
        assert client.zcount("auth:revoked", 0, 1) == 0
        for dangerous in (
            *("KEYS *", "FLUSHALL", "ACL LIST", "CONFIG GET *"),
            *("SCAN 0", "RANDOMKEY", "DBSIZE", "FUNCTION LIST", "SCRIPT FLUSH"),
        ):
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*dangerous.split())


@pytest.mark.parametrize("service", CACHED, ids=lambda one: one.name)
def test_user_service_alone_revokes_and_makes_tickets(endpoints: Endpoints, service: Service) -> None:
    """With the password of another service, nobody is logged out and no stream is opened as somebody else."""
    with redis_as(endpoints, service) as client, client.pubsub() as heard:
        heard.subscribe("auth:revoked")
        assert heard.get_message(timeout=5)["type"] == "subscribe"
        for command in (
            ("ZADD", "auth:revoked", 1, "somebody"),
            ("PUBLISH", "auth:revoked", "{}"),
            ("SET", "stream-ticket:x", "{}", "EX", 1),
        ):
            if service.short == "user":
                client.execute_command(*command)
            else:
                with pytest.raises(redis.exceptions.NoPermissionError):
                    client.execute_command(*command)
        if service.short in {"user", "order", "delivery"}:
            assert client.execute_command("GETDEL", "stream-ticket:none") is None
        else:
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command("GETDEL", "stream-ticket:none")


def test_a_new_service_gets_a_prefix_of_its_own() -> None:
    coupon = Service("coupon-service", 8006, ("redis", "rabbitmq"))
    assert "~coupon:*" in redis_user(coupon, "secret")
    assert topic_permissions(coupon)["write"] == r"^(coupon)\."
    assert KEYS.keys() == OWN.keys() - {"console-service", "menu-service", "payment-service"}


def test_a_missing_management_interface_is_an_error(endpoints: Endpoints) -> None:
    with pytest.raises(FoodctlError, match="management interface"):
        put(PASSWORDS, replace(endpoints, management_url=None))
