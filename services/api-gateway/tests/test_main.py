import socket
from typing import Any

import pytest

from foodchassis.testing import Issuer


async def test_cors_is_off_without_configured_origins(gateway: Any) -> None:
    response = await gateway.http.get("/orders", headers={"Origin": "https://shop.example"})

    assert "access-control-allow-origin" not in response.headers


async def test_configured_origins_may_read_responses(start: Any) -> None:
    gateway = await start(CORS_ORIGINS=["https://shop.example"])
    preflight_headers = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

    preflight = await gateway.http.options("/orders", headers={"Origin": "https://shop.example", **preflight_headers})
    stranger = await gateway.http.get("/orders", headers={"Origin": "https://evil.example"})

    assert preflight.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-origin" not in stranger.headers


async def test_browsers_may_send_and_read_every_documented_header(start: Any) -> None:
    gateway = await start(CORS_ORIGINS=["https://shop.example"])
    sent = {
        "authorization", "cache-control", "content-type", "idempotency-key", "if-match", "if-none-match",
        "last-event-id", "traceparent", "x-request-id",
    }  # fmt: skip
    read = {
        "cache-control", "deprecation", "etag", "idempotency-replayed", "link", "location", "ratelimit",
        "ratelimit-policy", "retry-after", "sunset", "traceparent", "x-client-request-id", "x-request-id",
    }  # fmt: skip
    preflight_headers = {
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": ", ".join(sorted(sent)),
    }

    preflight = await gateway.http.options("/orders", headers={"Origin": "https://shop.example", **preflight_headers})
    answer = await gateway.http.get("/orders", headers={"Origin": "https://shop.example"})

    assert preflight.status_code == 200
    assert sent <= set(preflight.headers["access-control-allow-headers"].lower().split(", "))
    assert read == set(answer.headers["access-control-expose-headers"].lower().split(", "))


async def test_the_gateway_serves_its_own_liveness_readiness_and_metrics(gateway: Any, issuer: Issuer) -> None:
    await gateway.http.get("/orders", headers=issuer.bearer())

    ready = await gateway.http.get("/health/ready")
    metrics = await gateway.http.get("/metrics")

    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert 'gateway_requests_total{status="200",upstream="order"}' in metrics.text
    assert [seen.target for seen in gateway.service.seen] == ["/orders"]


async def test_the_public_port_shows_no_metrics_in_prod(start: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    dev = await start()
    prod = await start(ENVIRONMENT="prod", METRICS_PORT=port, METRICS_HOST="127.0.0.1")

    assert [(await one.http.get("/metrics")).status_code for one in (dev, prod)] == [200, 404]


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/metrics", "/nowhere"])
async def test_routes_of_the_gateway_itself_are_limited_too(start: Any, path: str) -> None:
    gateway = await start(ADDRESS_RATE=0.01, ADDRESS_BURST=3)

    answers = [await gateway.http.get(path, headers={"Authorization": "Basic eDp5"}) for _ in range(4)]
    health = await gateway.http.get("/health/live")

    assert [one.status_code == 429 for one in answers] == [False] * 3 + [True]
    assert answers[0].headers["ratelimit"].startswith('"address";r=2')
    assert answers[3].headers["retry-after"]
    assert answers[3].headers["cache-control"] == "no-store"
    assert health.status_code == 200


async def test_health_has_a_generous_limit_of_its_own(start: Any) -> None:
    gateway = await start(ADDRESS_RATE=0.01, ADDRESS_BURST=1, HEALTH_RATE=0.01, HEALTH_BURST=5)

    statuses = [(await gateway.http.get("/health/live")).status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]
    assert (await gateway.http.get("/orders")).status_code == 200
