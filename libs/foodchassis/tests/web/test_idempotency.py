"""A request repeated with its key has one effect and one response."""

import asyncio
from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from fastapi import APIRouter, FastAPI
from httpx2 import ASGITransport, AsyncClient
from review_service import service
from review_service.models import Review
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import OnceOnly, Schema, ServiceSettings, SessionDep, create_service, delete_stored_responses
from foodchassis.kernel import Envelope
from foodchassis.storage.database import Database
from foodchassis.testing import Issuer
from foodchassis.web import OnceIfKeyed, OnceWithSecret, idempotency

tallies = APIRouter(prefix="/tallies")


class TallyPublic(Schema):
    id: int


async def count(session: AsyncSession) -> TallyPublic:
    """Count this request."""
    session.add(Review(order_id=uuid4(), customer_id=uuid4()))
    await session.flush()
    return TallyPublic(id=len((await session.exec(select(Review))).all()))


@tallies.post("/maybe", status_code=201)
async def tally_once_if_keyed(session: SessionDep, once: OnceIfKeyed) -> TallyPublic:
    """Count once for each key, and each time without one."""
    return await once(count, session)


@tallies.post("/read")
async def tally_after_reading(session: SessionDep, once: OnceOnly) -> TallyPublic:
    """Answer as before ahead of any work."""
    await once.replay(session)
    return await once(count, session)


class TicketPublic(TallyPublic):
    secret: str


async def print_ticket(session: AsyncSession) -> TicketPublic:
    """Count this request, and make a secret for its response."""
    return TicketPublic(id=(await count(session)).id, secret=token_hex())


@tallies.post("/secret", status_code=201)
async def tally_with_a_secret(session: SessionDep, once: OnceWithSecret) -> TicketPublic:
    """Count once for each key, and each time without one."""
    return await once(print_ticket, session)


@tallies.post("/id")
async def show_id(once: OnceOnly) -> str:
    """Return the request's own id."""
    return str(once.id)


@pytest.fixture
async def counting(service_environment: dict[str, str], issuer: Issuer) -> AsyncIterator[AsyncClient]:
    settings: Any = {name.lower(): value for name, value in service_environment.items()}
    app = create_service(ServiceSettings(service_name="tallies", _env_file=None, **settings), routers=[tallies])
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://tallies") as client,
    ):
        client.headers.update(issuer.bearer())
        yield client


@pytest.fixture
async def order(app: FastAPI, delivered: Envelope, customer: UUID) -> str:
    """An order that the customer may review."""
    async with app.state.resources.get(Database).transaction() as session:
        await service.invite_review(session, delivered.subject, customer)
    return str(delivered.subject)


async def test_a_repeat_gets_the_first_response(
    client: AsyncClient, issuer: Issuer, order: str, customer: UUID
) -> None:
    headers = {**issuer.bearer(user_id=customer), "Idempotency-Key": "one"}
    body = {"order_id": order, "stars": 4}

    first = await client.post("/reviews", json=body, headers=headers)
    again = await client.post("/reviews", json=body, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert first.headers["location"] == again.headers["location"] == f"/reviews/{first.json()['id']}"
    assert "idempotency-replayed" not in first.headers


async def test_concurrent_repeats_get_the_same_response(
    client: AsyncClient, issuer: Issuer, order: str, customer: UUID
) -> None:
    headers = {**issuer.bearer(user_id=customer), "Idempotency-Key": "one"}
    body = {"order_id": order, "stars": 4}

    answers = await asyncio.gather(*(client.post("/reviews", json=body, headers=headers) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers if answer.status_code == 201}) == 1


async def test_a_key_of_another_request_is_refused(
    client: AsyncClient, issuer: Issuer, order: str, customer: UUID
) -> None:
    headers = {**issuer.bearer(user_id=customer), "Idempotency-Key": "one"}
    await client.post("/reviews", json={"order_id": order, "stars": 4}, headers=headers)

    answer = await client.post("/reviews", json={"order_id": order, "stars": 1}, headers=headers)

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/reused-idempotency-key"


async def test_a_missing_key_is_refused(client: AsyncClient, issuer: Issuer, order: str, customer: UUID) -> None:
    answer = await client.post("/reviews", json={"order_id": order, "stars": 4}, headers=issuer.bearer())

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


async def test_a_refused_request_may_be_repeated_with_its_key(
    app: FastAPI, client: AsyncClient, issuer: Issuer, delivered: Envelope, customer: UUID
) -> None:
    headers = {**issuer.bearer(user_id=customer), "Idempotency-Key": "one"}
    body = {"order_id": str(delivered.subject), "stars": 4}
    early = await client.post("/reviews", json=body, headers=headers)
    async with app.state.resources.get(Database).transaction() as session:
        await service.invite_review(session, delivered.subject, customer)

    late = await client.post("/reviews", json=body, headers=headers)

    assert (early.status_code, late.status_code) == (404, 201)


async def test_a_response_that_is_deleted_concurrently_is_a_busy_error(
    app: FastAPI, client: AsyncClient, issuer: Issuer, order: str, customer: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {**issuer.bearer(user_id=customer), "Idempotency-Key": "one"}
    body = {"order_id": order, "stars": 4}
    await client.post("/reviews", json=body, headers=headers)
    monkeypatch.setattr(idempotency, "ANSWER", f"{idempotency.ANSWER} AND false")

    answer = await client.post("/reviews", json=body, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/busy")


async def test_where_a_key_is_optional_it_counts_when_it_is_there(counting: AsyncClient) -> None:
    headers = {"Idempotency-Key": "one"}
    answers = [await counting.post("/tallies/maybe", headers=each) for each in ({}, {}, headers, headers, {})]

    assert [answer.json()["id"] for answer in answers] == [1, 2, 3, 3, 4]
    assert [answer.headers["Location"] for answer in answers[1:4]] == [f"/tallies/maybe/{n}" for n in (2, 3, 3)]
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, None, None, "true", None]


async def test_a_replay_comes_before_any_work_and_has_the_status_of_its_route(counting: AsyncClient) -> None:
    headers = {"Idempotency-Key": "one"}
    first, again = [await counting.post("/tallies/read", headers=headers) for _ in range(2)]

    assert (first.status_code, again.status_code, first.json(), again.json()) == (200, 200, {"id": 1}, {"id": 1})
    assert ("Location" in again.headers, again.headers["Idempotency-Replayed"]) == (False, "true")


async def test_the_id_of_a_request_is_that_of_its_repeats_alone(counting: AsyncClient, issuer: Issuer) -> None:
    async def identity(key: str, body: bytes = b"", headers: dict[str, str] | None = None) -> str:
        more = {"Idempotency-Key": key, **(headers or {})}
        return str((await counting.post("/tallies/id", headers=more, content=body)).json())

    mine = await identity("one")
    assert await identity("one") == mine
    others = [await identity("two"), await identity("one", b"x"), await identity("one", headers=issuer.bearer())]
    assert len({mine, *others}) == 4


async def test_a_key_is_its_callers_own(counting: AsyncClient, issuer: Issuer) -> None:
    numbers = [
        (await counting.post("/tallies/maybe", headers={"Idempotency-Key": "one", **issuer.bearer()})).json()["id"]
        for _ in range(2)
    ]

    assert numbers == [1, 2]


async def test_a_response_with_a_secret_is_stored_encrypted_with_its_key(
    counting: AsyncClient, service_environment: dict[str, str]
) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first, again, other = [
        await counting.post("/tallies/secret", headers=each)
        for each in (headers, headers, {"Idempotency-Key": "b" * 32})
    ]

    assert first.json() == again.json()
    assert [one.headers.get("Idempotency-Replayed") for one in (first, again, other)] == [None, "true", None]
    assert {one.headers["Cache-Control"] for one in (first, again, other)} == {"no-store"}
    with psycopg.connect(service_environment["DATABASE_URL"]) as connection:
        stored = connection.execute("SELECT key, fingerprint, body FROM idempotency_keys").fetchall()
    secrets = (headers["Idempotency-Key"], first.json()["secret"], other.json()["secret"])
    assert len(stored) == 2
    assert [secret for secret in secrets if secret in str(stored)] == []


async def test_a_key_with_a_secret_is_long_and_refused_for_another_request(counting: AsyncClient) -> None:
    short = await counting.post("/tallies/secret", headers={"Idempotency-Key": "a" * 31})
    headers = {"Idempotency-Key": "a" * 32}
    answers = [await counting.post("/tallies/secret", headers=headers, content=body) for body in (b"", b"x")]

    assert (short.status_code, short.json()["errors"][0]["field"]) == (422, "header.Idempotency-Key")
    assert [one.status_code for one in answers] == [201, 422]
    assert answers[1].json()["type"] == "/problems/reused-idempotency-key"


@pytest.mark.parametrize("key", ["", "a" * 201])
async def test_a_key_has_a_bounded_length(counting: AsyncClient, key: str) -> None:
    refused = await counting.post("/tallies/maybe", headers={"Idempotency-Key": key})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "header.Idempotency-Key")


async def test_what_a_caller_was_answered_is_forgotten_when_asked(
    app: FastAPI, client: AsyncClient, issuer: Issuer, order: str, customer: UUID
) -> None:
    headers = {**issuer.bearer(user_id=customer), "Idempotency-Key": "one"}
    body = {"order_id": order, "stars": 4}
    await client.post("/reviews", json=body, headers=headers)
    for owner, replayed in ((uuid4(), True), (customer, False)):
        async with app.state.resources.get(Database).begin() as transaction:
            await transaction.put(delete_stored_responses(owner))
        again = await client.post("/reviews", json=body, headers=headers)
        assert ("Idempotency-Replayed" in again.headers) is replayed
