"""The metrics of every service, with labels that clients cannot multiply."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from prometheus_client import REGISTRY
from redis.exceptions import RedisError
from sqlalchemy import text

from devservers.ports import free_ports
from foodchassis import ServiceSettings
from foodchassis.kernel import Envelope
from foodchassis.messaging import set_deadline
from foodchassis.messaging.broker import Broker, dead_letters
from foodchassis.messaging.gauges import overdue_deadlines
from foodchassis.storage.cache import open_redis
from foodchassis.storage.database import Database
from foodchassis.telemetry import metrics, tracing
from foodchassis.testing import Issuer, eventually
from foodchassis.testing.apps import booted

OPEN_METRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def series(name: str) -> int:
    return sum(sample.name == name for family in REGISTRY.collect() for sample in family.samples)


async def test_a_request_is_counted_and_timed_under_its_route(client: httpx2.AsyncClient) -> None:
    labels = {"method": "GET", "handler": "/reviews"}
    before = value("http_requests_total", **labels, status="200") or 0
    timed = value("http_request_duration_seconds_count", **labels) or 0
    await client.get("/reviews?limit=3")

    assert value("http_requests_total", **labels, status="200") == before + 1
    assert value("http_request_duration_seconds_count", **labels) == timed + 1


async def test_a_refusal_is_counted_under_its_route(client: httpx2.AsyncClient) -> None:
    labels = {"method": "other", "handler": "/reviews", "status": "405"}
    before = value("http_requests_total", **labels) or 0
    for method in ("DELETE", "PUT"):
        await client.request(method, "/reviews")

    assert value("http_requests_total", **labels) == before + 2


async def test_an_unhandled_error_is_counted_as_500(
    app: FastAPI, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = {"method": "GET", "handler": "/reviews", "status": "500"}
    before = value("http_requests_total", **labels)
    assert before is not None
    async with app.state.resources.get(Database).transaction() as session:
        await (await session.connection()).execute(text("ALTER TABLE reviews RENAME TO gone"))
    assert (await client.get("/reviews")).status_code == 500

    assert value("http_requests_total", **labels) == before + 1


async def test_every_route_and_handler_has_series_before_its_first_use(live_app: FastAPI) -> None:
    for status in ("201", "500", "503"):
        assert value("http_requests_total", method="POST", handler="/reviews", status=status) is not None
    for outcome in metrics.OUTCOMES:
        assert value("events_handled_total", handler="on_order_delivered", outcome=outcome) is not None
    assert value("dead_letters", queue="review-service.dead") is not None


async def test_unknown_paths_and_methods_add_no_series(client: httpx2.AsyncClient) -> None:
    async def ask(number: int) -> None:
        for path in (f"/{number}", f"/reviews/{number}/", f"/reviews/{number}%0a", f"/reviews//{number}", "/reviews/"):
            for method in ("GET", "POST", f"BREW{number}", "PROPFIND", "HEAD"):
                await client.request(method, path)

    await ask(0)
    before = series("http_requests_total"), series("http_request_duration_seconds_count")
    for number in range(1, 6):
        await ask(number)

    assert (series("http_requests_total"), series("http_request_duration_seconds_count")) == before


async def test_probes_and_scrapes_are_not_counted(client: httpx2.AsyncClient) -> None:
    for path in ("/health/live", "/health/ready", "/metrics"):
        await client.get(path)
    shown = (await client.get("/metrics")).text

    assert 'handler="/health' not in shown
    assert 'handler="/metrics' not in shown
    assert "_created{" not in shown


@pytest.mark.parametrize("kept", [True, False])
async def test_a_latency_has_an_exemplar_if_its_trace_is_sampled(
    kept: bool, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = TracerProvider() if kept else TracerProvider(sampler=ALWAYS_OFF)
    monkeypatch.setattr(tracing, "tracer", provider.get_tracer("foodchassis"))
    trace_id = (await client.get("/nothing")).json()["trace_id"]
    shown = await client.get("/metrics", headers=OPEN_METRICS)

    assert shown.headers["content-type"].startswith("application/openmetrics-text")
    assert (f'trace_id="{trace_id}"' in shown.text) is kept


@pytest.fixture
async def apart(live_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Any, int]]:
    [port] = free_ports(1)
    # The servers of the tests may be containers, which are not on loopback.
    allowed = json.dumps([f"plain-text-{server}" for server in ("database", "redis", "rabbitmq")])
    environment = {**live_environment, "ENVIRONMENT": "prod", "METRICS_PORT": str(port), "METRICS_HOST": "127.0.0.1"}
    environment["ALLOWED_IN_PRODUCTION"] = allowed
    async for app in booted("review_service", environment, monkeypatch):
        yield app, port


async def test_metrics_on_a_port_of_their_own_are_not_on_the_services(
    apart: tuple[FastAPI, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, port = apart
    monkeypatch.setattr(tracing, "tracer", TracerProvider().get_tracer("foodchassis"))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://service") as http:
        trace_id = (await http.get("/nothing")).json()["trace_id"]
        assert (await http.get("/metrics")).status_code == 404
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        shown = await http.get("/metrics", headers=OPEN_METRICS)

    assert f'trace_id="{trace_id}"' in shown.text
    assert f'service_info{{version="{app.version}"}} 1' in shown.text


async def test_a_pool_exports_its_connections_and_waits(app: FastAPI) -> None:
    database = app.state.resources.get(Database)
    waits = value("database_pool_wait_seconds_count", pool="main") or 0
    async with database.engine.connect(), database.engine.connect():
        assert value("database_pool_in_use", pool="main") == 2
    assert value("database_pool_in_use", pool="main") == 0
    assert value("database_pool_size", pool="main") == 5
    assert value("database_pool_wait_seconds_count", pool="main") == waits + 2


async def test_failed_commands_to_redis_are_counted() -> None:
    [nobody] = free_ports(1)
    redis = open_redis(ServiceSettings(service_name="tests"), f"redis://127.0.0.1:{nobody}/0")
    before = value("redis_errors_total") or 0
    with pytest.raises(RedisError):
        await redis.ping()
    batch = redis.pipeline()
    batch.get("a")
    with pytest.raises(RedisError):
        await batch.execute()
    await redis.aclose()

    assert value("redis_errors_total") == before + 2


async def test_overdue_deadlines_are_counted(app: FastAPI, customer: Any) -> None:
    async with app.state.resources.get(Database).transaction() as session:
        await set_deadline(session, "nobody.cares", customer, after=-timedelta(seconds=11))
        await set_deadline(session, "nobody.cares.yet", customer, after=-timedelta(seconds=5))
        await overdue_deadlines(session)

    assert value("deadlines_overdue") == 1


async def test_queues_are_measured(live_app: FastAPI, issuer: Issuer) -> None:
    broker = live_app.state.resources.get(Broker)
    dead = dead_letters("review-service").name

    async def shown() -> tuple[float | None, ...]:
        name = "review-service.order.delivered"
        return (
            value("queue_consumers", queue=name),
            value("queue_messages", queue=name),
            value("dead_letters", queue=dead),
        )

    async def measured(*expected: float) -> bool:
        return await shown() == expected

    await eventually(lambda: measured(1, 0, 0), 20)
    await asyncio.gather(*(broker.faststream.publish(b"broken", dead, persist=True) for _ in range(3)))
    await eventually(lambda: measured(1, 0, 3), 20)


async def test_consumers_that_vanish_later_are_counted(live_app: FastAPI, delivered: Envelope) -> None:
    broker = live_app.state.resources.get(Broker)
    [subscriber] = broker.faststream.subscribers
    queue = await broker.faststream.declare_queue(subscriber.queue)
    before = value("consumers_revived_total") or 0

    for round_ in (1, 2):
        await queue.cancel(subscriber._consumer_tag)

        async def revived(times: float = before + round_) -> bool:
            return value("consumers_revived_total") == times

        await eventually(revived, 20)
    assert broker.exchange(broker.events)
