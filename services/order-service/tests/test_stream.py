import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, Event, ForbiddenError, Principal, new_id, now
from foodchassis.testing import Issuer, eventually
from foodchassis.web import Feed, Revocations, issue_ticket
from foodevents import StaffMember, StaffRole
from order_service.main import create_app
from order_service.schemas import OrderPublic
from order_service.service.stream import OrdersReader

Handle = Callable[[Event], Awaitable[None]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]


@pytest.fixture
def service_environment(service_environment: dict[str, str]) -> dict[str, str]:
    return {**service_environment, "STREAM_HEARTBEAT_SECONDS": "0.2", "STREAM_POLL_SECONDS": "0.05"}


class Stream:
    """One stream of the ASGI application, block by block."""

    def __init__(
        self, app: FastAPI, order_id: Any, headers: dict[str, str], *, of: str = "orders", query: str = ""
    ) -> None:
        self.status = 0
        self.blocks: list[str] = []
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": f"/{of}/{order_id}/stream" if order_id else f"/{of}/stream",
            "raw_path": b"",
            "query_string": query.encode(),
            "root_path": "",
            "headers": raw,
            "server": ("service", 80),
            "client": ("reader", 1),
        }
        self._gone = asyncio.Event()
        self.task = asyncio.ensure_future(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif body := message.get("body"):
            self.blocks += [block for block in body.decode().split("\n\n") if block]

    def leave(self) -> None:
        """Disconnect the reader."""
        self._gone.set()

    def events(self, kind: str = "order") -> list[dict[str, Any]]:
        """Return the data of the events of one kind."""
        fields = [dict(line.split(": ", 1) for line in block.split("\n")) for block in self.blocks]
        return [json.loads(each["data"]) for each in fields if each.get("event") == kind]

    async def seen(self, status: str) -> None:
        """Wait until a step to this status was sent."""

        async def sent() -> bool:
            return any(step["status"] == status for step in self.events())

        await eventually(sent)


@pytest.fixture
def follow(app: FastAPI, bistro: Any, issuer: Issuer) -> Callable[..., Stream]:
    """Return a function that opens a stream, as the order's customer or with other headers."""

    def run(order_id: Any, *, service: FastAPI = app, **headers: str) -> Stream:
        return Stream(service, order_id, issuer.bearer("customer", bistro.customer) | headers)

    return run


async def test_a_stream_sends_past_and_new_steps_and_ends_with_the_order(
    bistro: Any, order_before: OrderBefore, handle: Handle, follow: Callable[..., Stream]
) -> None:
    order = await order_before("delivery.picked_up")
    stream = follow(order.id)
    await stream.seen("assigned")
    await handle(bistro.event("delivery.picked_up", order))
    await stream.seen("picked_up")
    await handle(bistro.event("delivery.delivered", order))
    await asyncio.wait_for(stream.task, 5)

    steps = stream.events()
    assert [step["version"] for step in steps] == [1, 2, 3, 4, 5, 6, 7]
    assert [block.split("\n")[0] for block in stream.blocks if "event: order" in block][-1] == "id: 7"
    assert (steps[-1]["status"], steps[-1]["kitchen"], steps[-1]["driver_id"]) == (
        "delivered", "handed_over", str(bistro.driver),
    )  # fmt: skip
    assert steps[0]["driver_id"] is None


async def test_a_stream_resumes_after_the_last_event_id(
    bistro: Any, order_before: OrderBefore, handle: Handle, follow: Callable[..., Stream]
) -> None:
    order = await order_before("delivery.delivered")
    await handle(bistro.event("delivery.delivered", order))
    streams = {last: follow(order.id, **{"Last-Event-ID": last}) for last in ("0", "5", "7", "8")}
    for stream in streams.values():
        await asyncio.wait_for(stream.task, 5)

    versions = {last: [step["version"] for step in stream.events()] for last, stream in streams.items()}
    assert versions == {"0": [1, 2, 3, 4, 5, 6, 7], "5": [6, 7], "7": [], "8": []}
    # 204 tells the EventSource of a reader that has everything not to connect again.
    assert {last: stream.status for last, stream in streams.items()} == {"0": 200, "5": 200, "7": 204, "8": 204}


async def test_an_unknown_last_event_id_starts_with_new_steps(
    bistro: Any, order_before: OrderBefore, handle: Handle, follow: Callable[..., Stream]
) -> None:
    order = await order_before("delivery.delivered")
    stream = follow(order.id, **{"Last-Event-ID": "9" * 14})

    async def heartbeats_sent() -> bool:
        return stream.blocks.count(": heartbeat") >= 2 or stream.task.done()

    await eventually(heartbeats_sent)
    assert not stream.task.done()
    await handle(bistro.event("delivery.delivered", order))
    await asyncio.wait_for(stream.task, 5)
    assert (stream.status, [step["version"] for step in stream.events()]) == (200, [7])


async def test_positions_are_sent_while_a_driver_is_assigned(
    app: FastAPI, bistro: Any, order_before: OrderBefore, handle: Handle, follow: Callable[..., Stream]
) -> None:
    order = await order_before("delivery.assigned")
    resources, channel = app.state.resources, f"orders:{order.id}:position"
    stream = follow(order.id)
    await stream.seen("paid")

    async def connected() -> bool:
        return resources.get(Feed).connected and bool(await resources.get(Redis).publish(channel, json.dumps(position)))

    position = {"lat": 48.21, "lng": 16.37, "at": now().isoformat()}
    # No driver is on the way yet, so this position is not sent.
    await eventually(connected)
    await handle(bistro.event("delivery.assigned", order))
    await stream.seen("assigned")
    for message in ("no position", '{"lat": 1e999}', json.dumps(position)):
        await resources.get(Redis).publish(channel, message)

        async def sent() -> bool:
            return len(stream.events("position")) >= 1

    await eventually(sent)
    [seen] = stream.events("position")
    assert (seen["lat"], seen["lng"]) == (48.21, 16.37)
    stream.leave()
    await asyncio.wait_for(stream.task, 5)


async def test_an_idle_stream_sends_heartbeats_and_uses_no_connection(
    app: FastAPI, order_before: OrderBefore, follow: Callable[..., Stream]
) -> None:
    order = await order_before("payment.authorized")
    streams = [follow(order.id) for _ in range(20)]

    async def heartbeats_sent() -> bool:
        return all(stream.blocks.count(": heartbeat") >= 2 for stream in streams)

    async def no_connection_used() -> bool:
        return bool(app.state.resources.get(Database).engine.pool.checkedout() == 0)

    await eventually(heartbeats_sent)
    # Each stream reads the history now and then, and holds no connection in between.
    await eventually(no_connection_used)
    for stream in streams:
        stream.leave()
        await asyncio.wait_for(stream.task, 5)
    assert app.state.resources.get(Feed)._watchers == {}


async def test_a_stream_sends_steps_made_by_another_instance(
    app: FastAPI, bistro: Any, order_before: OrderBefore, handle: Handle, follow: Callable[..., Stream],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    order = await order_before("delivery.delivered")
    # Without Redis it would read the history only after a long time.
    monkeypatch.setenv("STREAM_HEARTBEAT_SECONDS", "60")
    other = create_app()
    async with other.router.lifespan_context(other):

        async def connected() -> bool:
            return bool(other.state.resources.get(Feed).connected)

        await eventually(connected)
        stream = follow(order.id, service=other)
        await stream.seen("picked_up")
        await handle(bistro.event("delivery.delivered", order))
        await asyncio.wait_for(stream.task, 5)

    assert stream.events()[-1]["status"] == "delivered"


async def test_a_stream_polls_the_database_without_redis(
    bistro: Any,
    order_before: OrderBefore,
    handle: Handle,
    follow: Callable[..., Stream],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = await order_before("delivery.delivered")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    other = create_app()
    async with other.router.lifespan_context(other):
        stream = follow(order.id, service=other)
        await stream.seen("picked_up")
        await handle(bistro.event("delivery.delivered", order))
        await asyncio.wait_for(stream.task, 5)

    assert stream.events()[-1]["status"] == "delivered"


async def test_streams_end_when_the_service_shuts_down(
    app: FastAPI, order_before: OrderBefore, follow: Callable[..., Stream]
) -> None:
    order = await order_before("payment.authorized")
    stream = follow(order.id)
    await stream.seen("pending")
    app.state.resources.draining = True

    await asyncio.wait_for(stream.task, 5)
    assert stream.status == 200


async def test_a_stream_of_an_unassigned_driver_ends(
    app: FastAPI, bistro: Any, order_before: OrderBefore, handle: Handle, issuer: Issuer
) -> None:
    order = await order_before("delivery.picked_up")
    stream = Stream(app, order.id, issuer.bearer("driver", bistro.driver))
    await stream.seen("assigned")
    await handle(bistro.event("delivery.unassigned", order))

    await asyncio.wait_for(stream.task, 5)


async def test_a_stream_of_former_staff_ends(
    app: FastAPI, bistro: Any, order_before: OrderBefore, handle: Handle, issuer: Issuer
) -> None:
    cook, restaurant = new_id(), bistro.restaurant
    order = await order_before("payment.authorized")
    hired = (StaffMember(user_id=cook, role=StaffRole.KITCHEN),)
    await handle(restaurant.model_copy(update={"version": 8, "staff": hired}))
    streams = [
        Stream(app, one, issuer.bearer("restaurant", cook), of=of)
        for one, of in ((order.id, "orders"), (restaurant.restaurant_id, "restaurants"))
    ]
    for stream in streams:
        await stream.seen("pending")
    await handle(restaurant.model_copy(update={"version": 9, "staff": ()}))

    for stream in streams:
        await asyncio.wait_for(stream.task, 5)


@pytest.mark.parametrize("revoked", ["the log-in", "the user"])
async def test_a_stream_ends_when_its_session_is_revoked(
    app: FastAPI, bistro: Any, order_before: OrderBefore, issuer: Issuer, revoked: str
) -> None:
    order = await order_before("payment.authorized")
    stream = Stream(app, order.id, issuer.bearer("customer", bistro.customer, sid="the log-in"))
    await stream.seen("pending")
    name = str(bistro.customer) if revoked == "the user" else revoked
    app.state.resources.get(Revocations).add({name: time.time() + 60})

    await asyncio.wait_for(stream.task, 5)


async def test_sent_steps_are_remembered_only_while_they_can_be_read_again(
    app: FastAPI, bistro: Any, order_before: OrderBefore, handle: Handle, session: AsyncSession
) -> None:
    order, resources = await order_before("delivery.assigned"), app.state.resources
    await (await session.connection()).execute(text("UPDATE order_history SET at = at - interval '10 min'"))
    await session.commit()
    reader = OrdersReader(Principal(bistro.owner, frozenset({"restaurant"})), order.restaurant_id, 0)

    assert [len(await reader.read(resources, None)), reader._sent] == [1, {}]
    await handle(bistro.event("delivery.assigned", order))
    (step,) = await reader.read(resources, frozenset({str(order.id)}))
    assert '"version":5' in step
    assert await reader.read(resources, None) == []


async def test_the_last_event_id_must_be_a_number(
    bistro: Any, client: httpx2.AsyncClient, order_before: OrderBefore, issuer: Issuer
) -> None:
    order = await order_before("payment.authorized")
    customer = issuer.bearer("customer", bistro.customer)
    for last in ("x", "-1", "1.5", "123456789012345"):
        answer = await client.get(f"/orders/{order.id}/stream", headers=customer | {"Last-Event-ID": last})
        assert answer.status_code == 422


@pytest.mark.parametrize("query", ["", "last_event_id=1"], ids=["a new reader", "a reader that was away for long"])
async def test_a_restaurant_stream_sends_all_open_orders(
    app: FastAPI, bistro: Any, order_before: OrderBefore, handle: Handle, issuer: Issuer, query: str
) -> None:
    done = await order_before("delivery.delivered")
    await handle(bistro.event("delivery.delivered", done))
    old = await order_before("delivery.assigned")
    restaurant, owner = bistro.restaurant.restaurant_id, issuer.bearer("restaurant", bistro.owner)
    stream = Stream(app, restaurant, owner, of="restaurants", query=query)
    await stream.seen("paid")
    assert [(step["order_id"], step["version"]) for step in stream.events()] == [(str(old.id), 4)]
    await handle(bistro.event("delivery.assigned", old))
    await stream.seen("assigned")
    new = await order_before("payment.authorized")
    await stream.seen("pending")
    last = stream.blocks[-1].split("\n")[0].removeprefix("id: ")
    stream.leave()
    await asyncio.wait_for(stream.task, 5)

    assert [(step["order_id"], step["version"]) for step in stream.events()][1:] == [(str(old.id), 5), (str(new.id), 1)]
    await handle(bistro.event("delivery.picked_up", old))
    again = Stream(app, restaurant, owner, of="restaurants", query=f"last_event_id={last}")
    await again.seen("picked_up")
    assert (str(old.id), 6) in [(step["order_id"], step["version"]) for step in again.events()]
    again.leave()
    await asyncio.wait_for(again.task, 5)


async def test_a_restaurant_stream_sends_each_step_once_without_redis(
    app: FastAPI,
    bistro: Any,
    order_before: OrderBefore,
    handle: Handle,
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = await order_before("delivery.assigned")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    other = create_app()
    async with other.router.lifespan_context(other):
        owner = issuer.bearer("restaurant", bistro.owner)
        stream = Stream(other, bistro.restaurant.restaurant_id, owner, of="restaurants")
        await stream.seen("paid")
        await handle(bistro.event("delivery.assigned", order))
        await stream.seen("assigned")
        stream.leave()
        await asyncio.wait_for(stream.task, 5)

    versions = [step["version"] for step in stream.events() if step["order_id"] == str(order.id)]
    assert len(versions) == len(set(versions))


@pytest.mark.parametrize("role", ["customer", "restaurant", "driver"])
async def test_a_restaurant_stream_is_refused_to_other_users(
    client: httpx2.AsyncClient, bistro: Any, replicate_restaurant: Any, issuer: Issuer, role: str
) -> None:
    await replicate_restaurant()
    for restaurant in (bistro.restaurant.restaurant_id, new_id()):
        answer = await client.get(f"/restaurants/{restaurant}/stream", headers=issuer.bearer(role))
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/restaurant-not-found")


async def test_an_admin_stream_sends_orders_of_every_restaurant(
    app: FastAPI, bistro: Any, order_before: OrderBefore, handle: Handle, issuer: Issuer
) -> None:
    ended = await order_before("delivery.delivered")
    before = Stream(app, "", issuer.bearer("admin"), of="orders")
    await handle(bistro.event("delivery.delivered", ended))
    # This order publishes nothing after this.
    await before.seen("delivered")
    before.leave()
    await asyncio.wait_for(before.task, 5)
    order = await order_before("payment.authorized")
    stream = Stream(app, "", issuer.bearer("admin"), of="orders")
    await stream.seen("pending")
    await handle(bistro.event("payment.authorized", order))
    await stream.seen("placed")
    stream.leave()
    await asyncio.wait_for(stream.task, 5)

    assert [(step["order_id"], step["version"]) for step in stream.events()] == [(str(order.id), 1), (str(order.id), 2)]


@pytest.mark.parametrize("role", ["customer", "restaurant", "driver"])
async def test_the_stream_of_all_orders_is_refused_to_other_roles(
    client: httpx2.AsyncClient, issuer: Issuer, role: str
) -> None:
    answer = await client.get("/orders/stream", headers=issuer.bearer(role))

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


async def test_a_ticket_opens_one_stream_once(
    app: FastAPI, bistro: Any, order_before: OrderBefore, client: httpx2.AsyncClient
) -> None:
    order = await order_before("payment.authorized")
    resources = app.state.resources
    ticket = await issue_ticket(resources, Principal(bistro.customer, frozenset({"customer"}), "a log-in"))
    assert 0 < await resources.get(Redis).ttl((await resources.get(Redis).keys("stream-ticket:*"))[0]) <= 60
    stream = Stream(app, order.id, {}, query=f"ticket={ticket}")
    await stream.seen("pending")
    stream.leave()
    await asyncio.wait_for(stream.task, 5)

    again = await client.get(f"/orders/{order.id}/stream", params={"ticket": ticket})
    assert (again.status_code, again.json()["type"]) == (401, "/problems/invalid-ticket")
    other = await client.get(f"/orders/{order.id}", params={"ticket": ticket})
    assert (other.status_code, other.json()["type"]) == (401, "/problems/unauthorized")
    assert (await client.get(f"/orders/{order.id}/stream")).status_code == 401


async def test_a_machine_token_gets_no_ticket(app: FastAPI, bistro: Any) -> None:
    machine = Principal(bistro.owner, frozenset({"restaurant"}), scopes=frozenset({"orders:read"}))

    with pytest.raises(ForbiddenError):
        await issue_ticket(app.state.resources, machine)


async def test_a_ticket_of_a_revoked_session_is_refused(
    app: FastAPI, bistro: Any, order_before: OrderBefore, client: httpx2.AsyncClient
) -> None:
    order = await order_before("payment.authorized")
    ticket = await issue_ticket(app.state.resources, Principal(bistro.customer, frozenset({"customer"}), "a log-in"))
    app.state.resources.get(Revocations).add({"a log-in": time.time() + 60})

    answer = await client.get(f"/orders/{order.id}/stream", params={"ticket": ticket})

    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/invalid-ticket")


async def test_a_ticket_without_redis_responds_503(
    bistro: Any, order_before: OrderBefore, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await order_before("payment.authorized")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    other = create_app()
    async with (
        other.router.lifespan_context(other),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=other), base_url="http://service") as client,
    ):
        answer = await client.get(f"/orders/{order.id}/stream", params={"ticket": "any"})

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert answer.headers["retry-after"] == "2"


async def test_simultaneous_disconnects_remove_all_subscriptions(
    app: FastAPI, order_before: OrderBefore, follow: Callable[..., Stream]
) -> None:
    feed, orders = app.state.resources.get(Feed), [await order_before("payment.authorized") for _ in range(20)]

    async def subscribed() -> set[str]:
        return set(feed._pubsub.channels) if feed._pubsub else set()

    async def only_the_shared_channel() -> bool:
        return await subscribed() == {"orders"}

    await eventually(only_the_shared_channel)
    streams = [follow(order.id) for order in orders]
    for stream in streams:
        await stream.seen("pending")
    for stream in streams:
        stream.leave()
    for stream in streams:
        await asyncio.wait_for(stream.task, 5)

    await eventually(only_the_shared_channel)
