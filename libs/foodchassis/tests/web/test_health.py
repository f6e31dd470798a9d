"""Liveness and readiness."""

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient


async def test_a_ready_service_answers_200(client: AsyncClient) -> None:
    answer = await client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "up", "broker": "not used", "redis": "up"}


async def test_a_service_reports_all_its_servers(live_app: FastAPI) -> None:
    async with AsyncClient(transport=ASGITransport(live_app), base_url="http://service") as http:
        answer = await http.get("/health/ready")

    assert answer.json()["checks"] == {"database": "up", "broker": "up", "redis": "up"}


async def test_a_draining_service_is_alive_and_not_ready(app: FastAPI, client: AsyncClient) -> None:
    app.state.resources.draining = True

    assert (await client.get("/health/ready")).status_code == 503
    assert (await client.get("/health/live")).status_code == 200


async def test_metrics_are_served(client: AsyncClient) -> None:
    answer = await client.get("/metrics")

    assert "outbox_pending" in answer.text
