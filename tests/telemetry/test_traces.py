"""Traces exported by the running services."""

import asyncio
from collections.abc import Callable
from functools import partial

import httpx2
import pytest
from e2e.running import Running
from e2e.scene import Scene
from telemetry.edges import EDGES, edges

from foodctl.api import Json, RefusedError
from foodctl.catalog import service_named
from foodctl.traces.reading import handled, poll, traces, whole, whole_story
from foodctl.traces.spans import Trace

DRIVERS, ORDERS = 5, 20
UNKNOWN = "/orders/01a20000-0000-7000-8000-000000000000"
STRANGE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = {"traceparent": f"00-{STRANGE}-b7ad6b7169203331-01"}


@pytest.fixture
def kept(running: Running) -> str:
    """Return the URL of the trace receiver."""
    return f"http://127.0.0.1:{running.system.ports['traces']}"


async def story(kept: str, order: Json, last: str = "order.delivered") -> list[Trace]:
    return await asyncio.to_thread(whole_story, partial(traces, kept, order=order["id"]), last, 30)


async def test_each_of_a_hundred_orders_is_one_trace(kept: str, scene: Callable[..., Scene]) -> None:
    play = await scene(drivers=DRIVERS).set()

    async def one_after_the_other() -> list[Json]:
        return [await play.reaches(await play.order(), "delivered") for _ in range(ORDERS)]

    streets = await asyncio.gather(*(one_after_the_other() for _ in range(DRIVERS)))
    orders = [order for street in streets for order in street]
    stories = [await story(kept, order) for order in orders]
    connected = [[whole(trace) for trace in told] for told in stories]

    assert len(orders) == 100
    assert connected == [[True]] * len(orders)
    assert [edges(trace) for [trace] in stories] == [EDGES] * len(orders)


async def test_every_kind_of_call_has_its_span(kept: str, scene: Callable[..., Scene]) -> None:
    play = await scene().set()

    [trace] = await story(kept, await play.reaches(await play.order(), "delivered"))

    names = {(span.service, span.name) for span in trace}
    assert names >= {
        ("api-gateway", "POST /orders"),
        ("api-gateway", "POST order-service"),
        ("order-service", "POST /orders"),
        ("order-service", "INSERT orders"),
        ("order-service", "COMMIT"),
        ("order-service", "publish order.created"),
        ("payment-service", "process order.created"),
        ("payment-service", "provider authorize"),
        ("payment-service", "UPDATE payments"),
        ("delivery-service", "GEOSEARCH"),
    }
    [told] = [span for span in trace if span.name == "publish order.created"]
    assert told.attributes["messaging.system"] == "rabbitmq"
    assert told.attributes["messaging.destination.name"] == "food.events:order.created"
    assert [span for span in trace if span.failed] == []


async def test_user_actions_are_traces_linked_to_the_order(kept: str, scene: Callable[..., Scene]) -> None:
    play = await scene(auto_accept=False, auto_drive=False).set()
    order = await play.reaches(await play.order(), "placed")
    await play.accept(order)
    await play.deliver(order)

    first, *later = await story(kept, order)

    roots = [next(span.name for span in trace if not span.parent_id) for trace in (first, *later)]
    assert roots == ["POST /orders", "POST /orders", "POST /offers", "POST /deliveries", "POST /deliveries"]
    assert [edge for edge in edges(first) if edge[1].startswith("order.")] == [
        ("order-service", "order.created", "payment-service")
    ]
    for trace in later:
        assert whole(trace)
        assert first[0].trace_id in {link for span in trace for link in span.links}


async def test_a_problem_names_its_trace(kept: str, scene: Callable[..., Scene]) -> None:
    play = await scene().set()

    with pytest.raises(RefusedError) as refused:
        await play.customer.call("GET", UNKNOWN)
    wanted = refused.value.problem["trace_id"]
    both = {"api-gateway", "order-service"}
    [trace] = await asyncio.to_thread(
        poll, lambda: traces(kept, id=wanted), lambda found: [{span.service for span in one} for one in found] == [both]
    )

    assert whole(trace)
    assert {span.attributes["http.response.status_code"] for span in trace if span.kind == "server"} == {404}


async def test_clients_do_not_choose_the_trace(running: Running) -> None:
    async with httpx2.AsyncClient() as http:
        answer = await http.get(running.system.gateway_url + UNKNOWN, headers=TRACEPARENT)

    assert answer.json()["trace_id"] not in {STRANGE, None}


async def test_the_trace_continues_behind_the_gateway(running: Running) -> None:
    async with httpx2.AsyncClient() as http:
        answer = await http.get(running.system.url(service_named("order")) + UNKNOWN, headers=TRACEPARENT)

    assert answer.json()["trace_id"] == STRANGE


async def test_the_timeline_names_the_trace_of_each_step(kept: str, scene: Callable[..., Scene]) -> None:
    play = await scene().set()
    order = await play.reaches(await play.order(), "delivered")

    [trace] = await story(kept, order)
    entries = (await play.customer.call("GET", f"/orders/{order['id']}/timeline"))["entries"]

    assert {entry["trace_id"] for entry in entries} == {trace[0].trace_id}
    assert handled(trace, "order.delivered")


async def test_the_trace_of_an_order_is_printed(running: Running, kept: str, scene: Callable[..., Scene]) -> None:
    play = await scene().set()
    order = await play.reaches(await play.order(), "delivered")
    [trace] = await story(kept, order)

    printed = await asyncio.to_thread(running.run, f"uv run foodctl trace {order['id']}")

    assert f"trace {trace[0].trace_id}" in printed
    for hop in ("api-gateway  POST /orders", "payment-service  process order.created"):
        [line] = [line for line in printed.splitlines() if hop in line]
        assert line.startswith("+")
        assert line.split(hop)[0].count(" ms ") == 2
