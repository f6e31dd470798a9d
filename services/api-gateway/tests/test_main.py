from typing import Any

import httpx2
import pytest

from api_gateway.main import create_app
from foodctl.testing import Issuer


async def test_cors_is_off_unless_origins_are_named(gateway: Any) -> None:
    response = await gateway.http.get("/orders", headers={"Origin": "https://shop.example"})

    assert "access-control-allow-origin" not in response.headers


async def test_named_origins_may_read_answers(start: Any) -> None:
    gateway = await start(CORS_ORIGINS=["https://shop.example"])
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

    preflight = await gateway.http.options("/orders", headers={"Origin": "https://shop.example", **asked})
    stranger = await gateway.http.get("/orders", headers={"Origin": "https://evil.example"})

    assert preflight.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-origin" not in stranger.headers


async def test_liveness_readiness_and_metrics_are_the_gateways_own(gateway: Any, issuer: Issuer) -> None:
    await gateway.http.get("/orders", headers=issuer.bearer())

    ready = await gateway.http.get("/health/ready")
    metrics = await gateway.http.get("/metrics")

    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert 'gateway_requests_total{status="200",upstream="order"}' in metrics.text
    assert [seen.target for seen in gateway.service.seen] == ["/orders"]


async def test_the_public_port_shows_no_metrics_in_prod(monkeypatch: pytest.MonkeyPatch, issuer: Issuer) -> None:
    monkeypatch.setenv("AUTH_JWKS", issuer.jwks)
    monkeypatch.setenv("LOG_FORMAT", "json")
    statuses = {}

    for environment in ("dev", "prod"):
        monkeypatch.setenv("ENVIRONMENT", environment)
        transport = httpx2.ASGITransport(create_app())
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:
            statuses[environment] = (await http.get("/metrics")).status_code

    assert statuses == {"dev": 200, "prod": 404}
