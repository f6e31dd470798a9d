"""Starts without a server, and the stop of a service."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from devservers.ports import free_ports
from foodchassis.testing import Issuer, eventually
from foodchassis.testing.apps import booted
from foodchassis.web import revocations

SAMPLE = Path(__file__).parents[3] / "tests/fixtures/review-service/src"


async def ask(app: FastAPI, path: str, method: str = "GET", **options: Any) -> httpx2.Response:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as http:
        return await http.request(method, path, **options)


async def test_without_its_database_a_service_answers_503_with_retry_after(
    service_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [nobody] = free_ports(1)
    environment = {**service_environment, "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{nobody}/nothing"}
    async for app in booted("review_service", environment, monkeypatch):
        refused, ready, live = [await ask(app, path) for path in ("/reviews", "/health/ready", "/health/live")]

        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        assert int(refused.headers["retry-after"]) > 0
        assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "down")
        assert live.status_code == 200


async def test_without_its_broker_a_service_is_not_ready_and_waits(
    service_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [nobody] = free_ports(1)
    environment = {**service_environment, "RABBITMQ_URL": f"amqp://guest:guest@127.0.0.1:{nobody}/"}
    async for app in booted("review_service", environment, monkeypatch):
        ready, reviews = [await ask(app, path) for path in ("/health/ready", "/reviews")]

        assert (ready.status_code, ready.json()["checks"]["broker"]) == (503, "starting")
        assert reviews.status_code == 200


async def test_without_redis_a_service_is_ready(
    service_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [nobody] = free_ports(1)
    environment = {**service_environment, "REDIS_URL": f"redis://127.0.0.1:{nobody}/0"}
    async for app in booted("review_service", environment, monkeypatch):
        ready = await ask(app, "/health/ready")

        assert (ready.status_code, ready.json()["checks"]["redis"]) == (200, "down")


async def test_the_first_request_after_a_start_refuses_an_ended_log_in(
    service_environment: dict[str, str], redis_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.zadd(revocations.KEY, {"an ended log-in": time.time() + 60})
    headers = issuer.bearer("customer", uuid4(), sid="an ended log-in")
    async for app in booted("review_service", service_environment, monkeypatch):
        refused = await ask(app, "/reviews", "POST", headers=headers, json={})

    assert refused.status_code == 401


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def process(port: int, live_environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **live_environment, "PYTHONPATH": str(SAMPLE), "DRAIN_SECONDS": "1.5"}
    command = ["uvicorn", "--factory", "review_service.main:create_app", "--port", str(port)]
    with subprocess.Popen([sys.executable, "-m", *command], env=environment) as running:
        yield running
        running.kill()


async def test_a_stopping_service_is_not_ready_but_still_serves(
    process: subprocess.Popen[bytes], port: int, issuer: Issuer
) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:

        async def status(path: str) -> int:
            try:
                return (await http.get(path)).status_code
            except httpx2.TransportError:
                return 0

        async def ready() -> bool:
            return await status("/health/ready") == 200

        async def draining() -> bool:
            return await status("/health/ready") == 503

        await eventually(ready, 30)
        process.send_signal(signal.SIGTERM)
        await eventually(draining)
        assert await status("/reviews") == 200
    ended = await asyncio.to_thread(process.wait, 20)

    assert ended in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
