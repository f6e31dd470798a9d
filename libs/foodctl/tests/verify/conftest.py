"""A small system with every ending, created once by the real services, and a copy of its databases for each test."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aio_pika
import httpx2
import psycopg
import pytest
from psycopg import sql
from redis import Redis

from devservers.interface import Endpoints
from devservers.testing.parts import Vhosts
from foodchassis.messaging.broker import Broker
from foodchassis.testing import Issuer, eventually
from foodchassis.testing.databases import Templates
from foodctl.catalog import SERVICES
from foodctl.verify import Places, verify

DATABASES = [service.package for service in SERVICES if service.has_database]
PLACE = {"line1": "Ring 1", "city": "Wien", "postal_code": "1010", "lat": 48.2, "lng": 16.37}
WAIT = 60
Call = Callable[..., Any]


@dataclass(frozen=True)
class World:
    """The databases and the broker, and the orders by ending."""

    places: Places
    orders: Mapping[str, str]


class Play:
    """The users, who call the services' routes."""

    def __init__(self, apps: Mapping[str, httpx2.AsyncClient], issuer: Issuer) -> None:
        self._apps = apps
        self._issuer = issuer
        self.people = {name: uuid4() for name in ("restaurant", "customer", "admin", "fast", "second", "third")}
        self.restaurant: Any = None
        self.dish: Any = None

    async def call(self, who: str, service: str, method: str, path: str, body: Any = None) -> Any:
        role = "driver" if who in {"fast", "second", "third"} else who
        headers = self._issuer.bearer(role, self.people[who]) | {"Idempotency-Key": str(uuid4())}
        answer = await self._apps[service].request(method, path, json=body, headers=headers)
        assert answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else None

    async def open(self) -> None:
        always = [{"weekday": day, "opens": "00:00", "closes": "00:00"} for day in range(7)]
        profile = {
            "name": "Da Lia", "place": PLACE, "hours": {"timezone": "UTC", "weekly": always}, "currency": "EUR",
            "auto_accept": False, "radius_m": 1000, "tax_rate_bp": 1000, "delivery_fee": 300, "service_fee_bp": 500,
        }  # fmt: skip
        self.restaurant = await self.call("restaurant", "menu", "POST", "/restaurants", profile)
        path = f"/restaurants/{self.restaurant['id']}/items"
        groups = [{"name": "Size", "min": 1, "max": 1, "options": [{"name": "L", "price": 200}]}]
        dish = {"name": "Soup", "price": 1000, "option_groups": groups}
        self.dish = await self.call("restaurant", "menu", "POST", path, dish)

        async def sold() -> bool:
            headers = self._issuer.bearer("customer", self.people["customer"])
            return (await self._apps["order"].post("/quotes", json=self.basket(), headers=headers)).is_success

        await eventually(sold, WAIT)

    def basket(self) -> dict[str, Any]:
        option = self.dish["option_groups"][0]["options"][0]["id"]
        line = {"menu_item_id": self.dish["id"], "quantity": 2, "option_ids": [option]}
        return {"restaurant_id": self.restaurant["id"], "items": [line], "delivery_address": PLACE, "tip": 100}

    async def order(self, until: str, method: str = "tok_ok") -> str:
        body = {**self.basket(), "payment_method": method}
        order_id: str = (await self.call("customer", "order", "POST", "/orders", body))["id"]
        await self.reaches(order_id, until)
        return order_id

    async def reaches(self, order_id: str, status: str) -> None:
        async def there() -> bool:
            order = await self.call("customer", "order", "GET", f"/orders/{order_id}")
            return bool(order["status"] == status)

        await eventually(there, WAIT)

    async def accepted(self, until: str, method: str = "tok_ok") -> str:
        order_id = await self.order("placed", method)
        await self.call("restaurant", "order", "POST", f"/orders/{order_id}/accept", {"prep_minutes": 1})
        await self.reaches(order_id, until)
        return order_id

    async def cancelled(self, order_id: str) -> str:
        await self.call("customer", "order", "POST", f"/orders/{order_id}/cancel", {"reason": "too late"})
        await self.reaches(order_id, "cancelled")
        return order_id

    async def drives(self, who: str, *, auto_accept: bool = False) -> None:
        profile = {"name": who, "vehicle": "car", "auto_accept": auto_accept}
        await self.call(who, "delivery", "PUT", "/drivers/me", profile)
        await self.call(who, "delivery", "PUT", "/drivers/me/location", {"lat": PLACE["lat"], "lng": PLACE["lng"]})
        await self.call(who, "delivery", "PUT", "/drivers/me/availability", {"online": True})

    async def assigned_to(self, who: str) -> str:
        await self.drives(who)
        order_id = await self.accepted("paid")

        async def offers() -> Any:
            return (await self.call(who, "delivery", "GET", "/drivers/me/offers"))["items"]

        [offer] = await eventually(offers, WAIT)
        await self.call(who, "delivery", "POST", f"/offers/{offer['id']}/accept")
        await self.reaches(order_id, "assigned")
        return order_id

    async def play(self) -> dict[str, str]:
        """Create an order for each ending, refunds and settlements, and leave three unfinished."""
        await self.open()
        await self.drives("fast", auto_accept=True)
        orders = {"delivered": await self.accepted("delivered")}
        await self.call("fast", "delivery", "PUT", "/drivers/me/availability", {"online": False})
        orders["rejected"] = await self.order("placed")
        await self.call("restaurant", "order", "POST", f"/orders/{orders['rejected']}/reject", {"reason": "no soup"})
        orders["declined"] = await self.order("payment_failed", "tok_declined")
        orders["cancelled"] = await self.cancelled(await self.order("placed"))
        orders["kept"] = await self.cancelled(await self.accepted("paid"))
        orders["uncaptured"] = await self.accepted("cancelled", "tok_capture_fails")
        orders["assigned"] = await self.assigned_to("second")
        orders["other"] = await self.assigned_to("third")
        orders["waiting"] = await self.order("placed")
        found = await self.call("admin", "payment", "GET", f"/payments?order_id={orders['delivered']}")
        refunds = f"/payments/{found['items'][0]['id']}/refunds"
        await self.call("admin", "payment", "POST", refunds, {"amount": 150, "reason": "cold"})
        await self.call("admin", "payment", "POST", "/settlements")
        return orders


@pytest.fixture(scope="session")
def world(
    servers: Endpoints, templates: Templates, vhosts: Vhosts, issuer: Issuer, redis_number: int
) -> Iterator[World]:
    """Yield the idle system."""
    redis_url = urlsplit(servers.redis_url)._replace(path=f"/{redis_number}").geturl()
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    with ExitStack() as stack:
        databases = {
            one.package: stack.enter_context(templates.copy(one.package)) for one in SERVICES if one.has_database
        }
        places = Places(databases, stack.enter_context(vhosts.fresh()))
        environment = {
            "REDIS_URL": redis_url,
            "RABBITMQ_URL": str(places.broker),
            "AUTH_JWKS": issuer.jwks,
            "SIGNING_KEYS": json.dumps({"keys": [issuer.key.as_dict(private=True)]}),
            "AUTH_AUDIENCE": issuer.audience,
            "FREE_CANCEL_SECONDS": "0",
            "OUTBOX_POLL_INTERVAL": "0.1",
        }
        # Only while the services run, so that later tests do not inherit the environment.
        with pytest.MonkeyPatch.context() as monkeypatch:
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            orders = asyncio.run(_played(places, issuer, monkeypatch))
        report = verify(places, wait=WAIT)
        assert report.ok, report.violations
        for url in databases.values():
            with psycopg.connect(url) as connection:
                # No deadline may become due during the checks.
                connection.execute("UPDATE deadlines SET due_at = now() + interval '1 day'")
        yield World(places, orders)


async def _played(places: Places, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    async with AsyncExitStack() as stack:
        apps = {}
        for package in DATABASES:
            monkeypatch.setenv("DATABASE_URL", places.databases[package])
            app = import_module(f"{package}.main").create_app()
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx2.ASGITransport(app)
            client = httpx2.AsyncClient(transport=transport, base_url="http://service")
            apps[package.removesuffix("_service")] = await stack.enter_async_context(client)
            await asyncio.wait_for(app.state.resources.get(Broker).started.wait(), WAIT)
        orders = await Play(apps, issuer).play()
        # Wait until idle before the services stop, so that no event remains in transit.
        await asyncio.to_thread(verify, places, wait=WAIT)
        return orders


@pytest.fixture
def tamper(servers: Endpoints, world: World) -> Iterator[Callable[..., Places]]:
    """Yield a function that changes a copy of one database, and returns the places with that copy."""
    copies: dict[str, str] = {}
    with psycopg.connect(servers.postgres_url, autocommit=True) as server:

        def run(package: str, statements: str, **names: str) -> Places:
            if package not in copies:
                copies[package] = _copy(server, package, world.places.databases[package])
            with psycopg.connect(copies[package]) as connection:
                for statement in statements.split(";"):
                    connection.execute(statement.encode(), names)
            return Places({**world.places.databases, **copies}, world.places.broker)

        yield run
        for url in copies.values():
            name = sql.Identifier(urlsplit(url).path[1:])
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _copy(server: psycopg.Connection, package: str, url: str) -> str:
    original, name = urlsplit(url).path[1:], f"world_{package}_{token_hex(4)}"
    copying = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    server.execute(copying.format(sql.Identifier(name), sql.Identifier(original)))
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@contextmanager
def _parked_message(broker: str, queue: str, message: aio_pika.Message) -> Iterator[None]:
    """Keep a message in a queue during a block."""

    async def put() -> None:
        async with await aio_pika.connect(broker) as connection:
            channel = await connection.channel()
            await channel.default_exchange.publish(message, queue)

    async def empty() -> None:
        async with await aio_pika.connect(broker) as connection:
            channel = await connection.channel()
            await (await channel.declare_queue(queue, passive=True)).purge()

    asyncio.run(put())
    yield
    asyncio.run(empty())


@pytest.fixture
def parked_message() -> Callable[..., AbstractContextManager[None]]:
    """Return a context manager that keeps a message in a queue."""
    return _parked_message
