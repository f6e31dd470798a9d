"""A ticket opens one stream, once, within a minute, for whom it was made."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI
from httpx2 import ASGITransport, AsyncClient
from redis.asyncio import Redis

from devservers.ports import free_ports
from foodchassis import CurrentUser, ForbiddenError, Principal, ServiceSettings, create_service
from foodchassis.testing import Issuer
from foodchassis.web import LastSeen, ResourcesDep, Revocations, StreamUser, issue_ticket

router = APIRouter(prefix="/doors")


@router.post("/ticket")
async def make_ticket(user: CurrentUser, resources: ResourcesDep) -> str:
    """Return a ticket."""
    return await issue_ticket(resources, user)


@router.get("/stream")
async def follow_door(user: StreamUser, last_seen: LastSeen) -> dict[str, Any]:
    """Return who reads, and from where."""
    return {"id": str(user.id), "roles": sorted(user.roles), "session": user.session, "after": last_seen}


@router.get("/plain")
async def read_door(user: CurrentUser) -> str:
    """Return who reads."""
    return str(user.id)


async def served(issuer: Issuer, redis_url: str | None) -> AsyncIterator[tuple[FastAPI, AsyncClient]]:
    settings: Any = {"auth_jwks": issuer.jwks, "redis_url": redis_url, "redis_timeout": 5}
    app = create_service(ServiceSettings(service_name="doors", _env_file=None, **settings), routers=[router])
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://doors") as client,
    ):
        yield app, client


@pytest.fixture
async def doors(issuer: Issuer, redis_url: str) -> AsyncIterator[tuple[FastAPI, AsyncClient]]:
    async for each in served(issuer, redis_url):
        yield each


@pytest.fixture
def app(doors: tuple[FastAPI, AsyncClient]) -> FastAPI:
    return doors[0]


@pytest.fixture
def http(doors: tuple[FastAPI, AsyncClient]) -> AsyncClient:
    return doors[1]


async def test_a_ticket_opens_a_stream_as_its_holder(http: AsyncClient, issuer: Issuer) -> None:
    reader = uuid4()
    headers = issuer.bearer("keeper", reader, roles=["keeper", "guest"], sid="a log-in")
    ticket = (await http.post("/doors/ticket", headers=headers)).json()

    found = await http.get("/doors/stream", params={"ticket": ticket})

    assert found.json() == {"id": str(reader), "roles": ["guest", "keeper"], "session": "a log-in", "after": 0}


async def test_a_ticket_is_good_once_even_for_many_at_once(http: AsyncClient, issuer: Issuer) -> None:
    ticket = (await http.post("/doors/ticket", headers=issuer.bearer())).json()

    answers = await asyncio.gather(*(http.get("/doors/stream", params={"ticket": ticket}) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [200, *[401] * 9]
    refused = next(answer for answer in answers if answer.status_code == 401).json()
    assert refused["type"] == "/problems/invalid-ticket"
    assert "POST /auth/stream-ticket" in refused["detail"]


async def test_a_ticket_expires_and_cannot_be_read_in_redis(http: AsyncClient, issuer: Issuer, redis_url: str) -> None:
    tickets = {(await http.post("/doors/ticket", headers=issuer.bearer())).json() for _ in range(2)}
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        keys = await redis.keys("stream-ticket:*")

        assert len(tickets) == len(keys) == 2
        assert [0 < await redis.ttl(key) <= 60 for key in keys] == [True, True]
        assert not any(ticket in key for ticket in tickets for key in keys)


@pytest.mark.parametrize("ticket", ["", "x", "\x00", "*", "a" * 100, "\u20ac"])
async def test_what_is_no_ticket_opens_nothing(http: AsyncClient, ticket: str) -> None:
    answer = await http.get("/doors/stream", params={"ticket": ticket})

    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/invalid-ticket")


async def test_a_ticket_that_is_too_long_is_no_ticket(http: AsyncClient) -> None:
    answer = await http.get("/doors/stream", params={"ticket": "a" * 101})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "query.ticket")


async def test_an_access_token_goes_before_a_ticket_and_uses_none_up(http: AsyncClient, issuer: Issuer) -> None:
    holder, caller = uuid4(), uuid4()
    ticket = (await http.post("/doors/ticket", headers=issuer.bearer("guest", holder))).json()

    async def reader(**options: Any) -> str:
        return str((await http.get("/doors/stream", params={"ticket": ticket}, **options)).json()["id"])

    assert await reader(headers=issuer.bearer("guest", caller)) == str(caller)
    assert await reader() == str(holder)


async def test_a_ticket_is_for_streams_alone(http: AsyncClient, issuer: Issuer) -> None:
    ticket = (await http.post("/doors/ticket", headers=issuer.bearer())).json()

    assert (await http.get("/doors/plain", params={"ticket": ticket})).status_code == 401
    assert (await http.get("/doors/stream")).json()["type"] == "/problems/unauthorized"


@pytest.mark.parametrize("revoked", ["session", "user"])
async def test_a_ticket_of_a_log_in_that_has_ended_opens_nothing(
    app: FastAPI, http: AsyncClient, issuer: Issuer, revoked: str
) -> None:
    user, session = uuid4(), "a log-in"
    ticket = (await http.post("/doors/ticket", headers=issuer.bearer("guest", user, sid=session))).json()
    app.state.resources.get(Revocations).add({session if revoked == "session" else str(user): time.time() + 60})

    answer = await http.get("/doors/stream", params={"ticket": ticket})

    assert (answer.status_code, answer.json()["detail"]) == (401, "Its log-in has ended; log in again.")


async def test_a_machine_gets_no_ticket_which_would_have_no_scopes(http: AsyncClient, issuer: Issuer) -> None:
    machine = issuer.bearer("guest", acts_for=str(uuid4()), scope="doors:read")

    assert (await http.post("/doors/ticket", headers=machine)).status_code == 403


async def test_a_principal_with_scopes_gets_no_ticket(app: FastAPI, redis_url: str) -> None:
    machine = Principal(uuid4(), frozenset({"guest"}), scopes=frozenset())

    with pytest.raises(ForbiddenError, match="Tickets are for browsers"):
        await issue_ticket(app.state.resources, machine)
    async with Redis.from_url(redis_url) as redis:
        assert await redis.keys("*") == []


@pytest.mark.parametrize(("url", "kind"), [(None, "no-tickets"), ("redis://127.0.0.1:{}/0", "unavailable")])
async def test_without_redis_there_are_no_tickets_for_now(issuer: Issuer, url: str | None, kind: str) -> None:
    async for _, http in served(issuer, url and url.format(free_ports(1)[0])):
        made = await http.post("/doors/ticket", headers=issuer.bearer())
        used = await http.get("/doors/stream?ticket=a")
        token = await http.get("/doors/stream", headers=issuer.bearer())

    for refused in (made, used):
        assert (refused.status_code, refused.json()["type"]) == (503, f"/problems/{kind}")
        assert refused.headers["Retry-After"] == "2"
    assert token.status_code == 200


@pytest.mark.parametrize(
    ("header", "query", "after"),
    [(None, None, 0), ("7", None, 7), (None, "8", 8), ("7", "8", 7), ("007", None, 7), ("9" * 14, "1", 10**14 - 1)],
)
async def test_a_reader_goes_on_where_it_was(
    http: AsyncClient, issuer: Issuer, header: str | None, query: str | None, after: int
) -> None:
    headers = issuer.bearer() | ({} if header is None else {"Last-Event-ID": header})
    found = await http.get("/doors/stream", headers=headers, params={} if query is None else {"last_event_id": query})

    assert found.json()["after"] == after


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "1" * 15, "\u0663"])
async def test_what_is_no_number_of_an_event_is_refused(http: AsyncClient, issuer: Issuer, number: str) -> None:
    for options in ({"headers": {"Last-Event-ID": number.encode()}}, {"params": {"last_event_id": number}}):
        more: Any = {**options, "headers": {**issuer.bearer(), **options.get("headers", {})}}
        assert (await http.get("/doors/stream", **more)).status_code == 422
