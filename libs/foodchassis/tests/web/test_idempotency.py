"""A request repeated with its key has one effect and one response."""

import asyncio
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from review_service import service

from foodchassis.kernel import Envelope
from foodchassis.storage.database import Database
from foodchassis.testing import Issuer
from foodchassis.web import idempotency


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
