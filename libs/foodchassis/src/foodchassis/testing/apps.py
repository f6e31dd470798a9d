"""A service in the process of the test: its app, an HTTP client, and sessions on its database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from devservers.settings import inherited_environment
from foodchassis.kernel import Envelope
from foodchassis.messaging.broker import Broker
from foodchassis.storage.database import Database, run
from foodchassis.storage.tables import outbox
from foodchassis.telemetry import logging
from foodchassis.testing.issuer import Issuer


@pytest.fixture
def service_environment(database_url: str, redis_url: str, issuer: Issuer) -> dict[str, str]:
    """Return the environment of the service.

    Without a broker, so that events stay in the outbox for the test to read.
    """
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BROKER_REQUIRED": "false",
        "AUTH_JWKS": issuer.jwks,
        "AUTH_AUDIENCE": issuer.audience,
        "LOG_FORMAT": "json",
        "DATABASE_POOL_SIZE": "5",
    }


@pytest.fixture
def live_environment(service_environment: dict[str, str], rabbitmq_url: str) -> dict[str, str]:
    """Return the same environment with a broker and short retry delays."""
    return {
        **service_environment,
        "RABBITMQ_URL": rabbitmq_url,
        "RETRY_DELAYS": "[0.05, 0.05, 0.05, 0.05]",
        "OUTBOX_POLL_INTERVAL": "0.1",
        "SWEEP_INTERVAL": "0.1",
        "BROKER_WATCH_INTERVAL": "0.2",
    }


@lru_cache(maxsize=8)
def _built(package: str, _environment: frozenset[tuple[str, str]]) -> FastAPI:
    """Build the app of `package`, once for each environment, because that takes longer than most tests."""
    app: FastAPI = import_module(f"{package}.main").create_app()
    return app


async def booted(package: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    """Run the service of `package` during a test; afterwards its settings are as before."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    # Its value contains the name of the test.
    whole = inherited_environment() | {"PYTEST_CURRENT_TEST": ""}
    app = _built(package, frozenset(whole.items()))
    if earlier := getattr(app.state, "resources", None):
        # A service built since then has configured the logs of this process for itself.
        logging.set_up(earlier.settings)
    async with app.router.lifespan_context(app):
        settings = app.state.resources.settings
        before = {**vars(settings)}
        yield app
        vars(settings).update(before)


@pytest_asyncio.fixture
async def app(
    service_package: str, service_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FastAPI]:
    """Yield the running service, without a broker."""
    async for running in booted(service_package, service_environment, monkeypatch):
        yield running


@pytest_asyncio.fixture
async def live_app(
    service_package: str, live_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FastAPI]:
    """Yield the running service with its consumers."""
    async for running in booted(service_package, live_environment, monkeypatch):
        await asyncio.wait_for(running.state.resources.get(Broker).started.wait(), 20)
        yield running


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield an HTTP client of the service."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as http:
        yield http


@pytest_asyncio.fixture
async def session(app: FastAPI) -> AsyncIterator[AsyncSession]:
    """Yield a session on the service's database, in a transaction that is committed after the test."""
    async with app.state.resources.get(Database).transaction() as opened:
        yield opened


@pytest.fixture
def published(app: FastAPI) -> Callable[[], Awaitable[list[Envelope]]]:
    """Return a function that removes and returns the committed events in the outbox, oldest first."""

    async def take() -> list[Envelope]:
        async with app.state.resources.get(Database).transaction() as opened:
            rows = (await run(opened, select(outbox).order_by(outbox.c.id))).all()
            await run(opened, delete(outbox))
        return [Envelope.model_validate_json(row.body) for row in rows]

    return take


async def eventually(condition: Callable[[], Awaitable[Any]], seconds: float = 10) -> Any:
    """Call `condition` until its result is true, and return the result; fail after `seconds`."""
    async with asyncio.timeout(seconds):
        while not (answer := await condition()):  # noqa: ASYNC110 - the condition has no event to await
            await asyncio.sleep(0.02)
    return answer
