"""A service that lacks a setting refuses to start and names it."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import APIRouter
from sqlmodel.ext.asyncio.session import AsyncSession

from devservers.ports import free_ports
from foodchassis import CurrentUser, Event, EventRouter, Public, Resources, ServiceSettings, SessionDep, create_service
from foodchassis.requirements import MissingSettingsError
from foodchassis.storage import Transaction
from foodevents import AUDIT

DATABASE = {"database_url": "postgresql://nobody@127.0.0.1:1/nothing"}
BROKER = {"rabbitmq_url": "amqp://nobody@127.0.0.1:1/"}
# The dangers that production refuses have tests of their own.
ALLOWED = {"open-metrics", "plain-text-services"}
PROD = {"environment": "prod", "metrics_port": 1, "allowed_in_production": ALLOWED}


class BellRung(Event, type="bell.rung.v1", subject="bell_id"):
    bell_id: UUID


def handlers() -> EventRouter:
    events = EventRouter()

    @events.on(BellRung)
    async def on_bell_rung(event: BellRung, session: AsyncSession) -> None:
        """Do nothing."""

    return events


def deadlines() -> EventRouter:
    events = EventRouter()

    @events.at("bell.silent")
    async def on_bell_silent(subject: UUID, transaction: Transaction) -> None:
        """Do nothing."""

    return events


def effects() -> EventRouter:
    async def ask(effect: Any, resources: Resources) -> None:
        """Return an empty response."""

    async def answered(effect: Any, answer: Any, transaction: Transaction) -> None:
        """Do nothing."""

    events = EventRouter()
    events.effect("ring", ask=ask, answered=answered)
    return events


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/stored", dependencies=[Public])
    async def read_stored(session: SessionDep) -> None:
        """Read stored data."""

    return router


def public() -> APIRouter:
    router = APIRouter()

    @router.get("/known", dependencies=[Public])
    async def read_known() -> None:
        """Read public data."""

    return router


def protected() -> APIRouter:
    router = APIRouter()

    @router.get("/mine")
    async def read_mine(user: CurrentUser) -> None:
        """Read data of the caller."""

    return router


async def start(service: dict[str, Any], **settings: Any) -> None:
    told = ServiceSettings(service_name="bells", _env_file=None, **settings)
    app = create_service(told, **service)
    async with app.router.lifespan_context(app):
        pass


@pytest.mark.parametrize(
    ("service", "settings", "named"),
    [
        ({"events": handlers()}, DATABASE, {"RABBITMQ_URL"}),
        ({"events": deadlines()}, DATABASE, {"RABBITMQ_URL"}),
        ({"events": handlers()}, BROKER, {"DATABASE_URL"}),
        ({"events": handlers()}, {}, {"DATABASE_URL", "RABBITMQ_URL"}),
        ({"events": handlers()}, {**PROD, **DATABASE, "broker_required": False}, {"RABBITMQ_URL"}),
        ({"events": effects()}, {}, {"DATABASE_URL"}),
        ({"routers": [routes()]}, {}, {"DATABASE_URL"}),
        ({"audit": AUDIT}, {}, {"DATABASE_URL"}),
        ({"routers": [public()]}, {"environment": "prod"}, {"METRICS_PORT"}),
        ({"routers": [protected()]}, PROD, {"AUTH_JWKS_URL", "AUTH_JWKS"}),
    ],
)
async def test_a_service_that_lacks_a_setting_refuses_to_start(
    service: dict[str, Any], settings: dict[str, Any], named: set[str]
) -> None:
    with pytest.raises(MissingSettingsError, match="bells cannot start") as refused:
        await start(service, **settings)

    settings_named = {word.strip(":") for word in str(refused.value).split() if word.strip(":").isupper()}
    assert settings_named == named


async def test_a_service_needs_nothing_that_it_does_not_use(free_port: int) -> None:
    await start({})
    await start({}, environment="prod")
    await start({"routers": [public()]})
    await start({"routers": [protected()]})
    prod = {**PROD, "metrics_port": free_port, "auth_jwks_url": "http://keys"}
    await start({"routers": [protected()]}, **prod)


async def test_handlers_start_without_a_broker_only_if_allowed(database_url: str) -> None:
    await start({"events": handlers(), "routers": [routes()]}, database_url=database_url, broker_required=False)


@pytest.fixture
def free_port() -> int:
    return free_ports(1)[0]
