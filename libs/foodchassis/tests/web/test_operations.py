"""The operations of a service over HTTP: for admins only, with refusals that say what to do."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from aio_pika.abc import AbstractChannel
from fastapi import FastAPI
from messaging.parking import PARKED, QUEUE, SERVICE, opened, park, waiting

from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer, eventually
from foodchassis.web.operations import LONGEST_BODY

PATH = f"/operations/{SERVICE}"
LETTERS = f"{PATH}/dead-letters"
REASON = {"reason": "Of no use."}
PRIVATE = "emma@example.com"


@pytest.fixture
async def live(live_app: FastAPI, issuer: Issuer) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield an admin's client of the service with a broker."""
    transport = httpx2.ASGITransport(live_app, raise_app_exceptions=False)
    headers = issuer.bearer("admin")
    async with httpx2.AsyncClient(transport=transport, base_url="http://service", headers=headers) as http:
        yield http


@pytest.fixture
async def channel(live_app: FastAPI, rabbitmq_url: str) -> AsyncIterator[AbstractChannel]:
    async with opened(rabbitmq_url) as channel:
        yield channel


async def test_the_backlog_is_shown(live: httpx2.AsyncClient, channel: AbstractChannel) -> None:
    await park(channel)

    async def shown() -> dict[str, Any] | None:
        found: dict[str, Any] = (await live.get(PATH)).json()
        # That an admin looks at it is an event, too, which waits for a moment.
        return found if found["dead_letters"] and not found["outbox"]["waiting"] else None

    found = await eventually(shown)
    assert found == {
        "service": SERVICE,
        "broker": "up",
        "outbox": {"waiting": 0, "oldest_seconds": 0.0, "parked": 0},
        "queues": [{"name": QUEUE, "messages": 0, "consumers": 1}],
        "dead_letters": 1,
        "deadlines_overdue": 0,
        "effects_waiting": 0,
    }


async def test_without_a_broker_only_the_database_is_shown(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    admin = issuer.bearer("admin")

    found = (await client.get(PATH, headers=admin)).json()
    refused = await client.get(LETTERS, headers=admin)

    assert (found["broker"], found["queues"], found["dead_letters"], found["outbox"]["waiting"]) == (
        "down",
        [],
        None,
        1,  # that an admin looks at it
    )
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert refused.json()["detail"] == "This service runs without RabbitMQ: start it with RABBITMQ_URL."


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", PATH), ("GET", LETTERS), ("POST", f"{LETTERS}/unknown/replay"), ("POST", f"{LETTERS}/unknown/drop")],
)
async def test_only_admins_are_admitted(client: httpx2.AsyncClient, issuer: Issuer, method: str, path: str) -> None:
    machine = issuer.bearer("admin", acts_for=str(uuid4()), scope="everything")
    others = [{}, *(issuer.bearer(role) for role in ("customer", "restaurant", "driver")), machine]

    answers = [await client.request(method, path, headers=headers, json=REASON) for headers in others]

    assert [answer.status_code for answer in answers] == [401, 403, 403, 403, 403]


async def test_a_dead_letter_is_shown_in_full_and_not_logged(
    live: httpx2.AsyncClient, channel: AbstractChannel, capfd: pytest.CaptureFixture[str]
) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {**PARKED, "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    dead_letter = await park(channel, f'{{"email": "{PRIVATE}"}}'.encode(), headers)

    found = (await live.get(LETTERS)).json()
    await live.post(f"{LETTERS}/{dead_letter}/drop", json=REASON)

    assert found == {
        "total": 1,
        "items": [
            {
                "id": str(dead_letter),
                "queue": QUEUE,
                "reason": "ValueError: no such order",
                "attempts": 5,
                "parked_at": None,
                "replayable": True,
                "trace_id": trace,
                "body": f'{{"email": "{PRIVATE}"}}',
            }
        ],
    }
    captured = capfd.readouterr()
    assert "dead_letter.dropped" in captured.out + captured.err
    assert PRIVATE not in captured.out + captured.err


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"x" * (LONGEST_BODY + 1)])
async def test_an_unreadable_dead_letter_is_shown(
    live: httpx2.AsyncClient, channel: AbstractChannel, body: bytes
) -> None:
    await park(channel, body, {"traceparent": "no trace"})

    [found] = (await live.get(LETTERS)).json()["items"]

    assert (found["queue"], found["replayable"], found["trace_id"]) == (None, False, None)
    assert len(found["body"]) <= LONGEST_BODY


async def test_dead_letters_are_newest_first_and_limited(live: httpx2.AsyncClient, channel: AbstractChannel) -> None:
    first, last, second = [await park(channel, timestamp=datetime(2026, 5, day, tzinfo=UTC)) for day in (8, 10, 9)]
    unknown = await park(channel)

    found = (await live.get(LETTERS)).json()["items"]
    page = (await live.get(LETTERS, params={"limit": 2})).json()

    assert [one["id"] for one in found] == [str(one) for one in (last, second, first, unknown)]
    assert (len(page["items"]), page["total"]) == (2, 4)
    assert (await live.get(LETTERS, params={"limit": 101})).status_code == 422


async def test_a_dead_letter_is_replayed_once(
    live: httpx2.AsyncClient, channel: AbstractChannel, delivered: Envelope
) -> None:
    dead_letter = await park(channel, delivered.model_dump_json().encode())

    first, again = [await live.post(f"{LETTERS}/{dead_letter}/replay") for _ in range(2)]

    assert (first.status_code, first.content) == (204, b"")
    assert (again.status_code, again.json()["type"]) == (404, "/problems/dead-letter-not-found")
    assert await waiting(channel, 0) == []


async def test_a_parked_message_has_its_time(live: httpx2.AsyncClient, channel: AbstractChannel) -> None:
    dead_letter = await park(channel)
    await live.post(f"{LETTERS}/{dead_letter}/replay")

    async def parked() -> list[dict[str, str]]:
        found: list[dict[str, str]] = (await live.get(LETTERS)).json()["items"]
        return found

    [found] = await eventually(parked)
    assert found["id"] == str(dead_letter)
    assert found["parked_at"] is not None
    assert found["reason"].startswith("not a order.delivered.v1")


async def test_a_dead_letter_without_an_origin_can_only_be_dropped(
    live: httpx2.AsyncClient, channel: AbstractChannel
) -> None:
    dead_letter = await park(channel, headers={**PARKED, "x-queue": f"{SERVICE}.gone"})

    refused = await live.post(f"{LETTERS}/{dead_letter}/replay")
    unsaid = await live.post(f"{LETTERS}/{dead_letter}/drop", json={"reason": " "})
    dropped = await live.post(f"{LETTERS}/{dead_letter}/drop", json=REASON)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/no-way-back")
    assert "start a release that declares it, or drop the dead letter" in refused.json()["detail"]
    assert (unsaid.status_code, dropped.status_code) == (422, 204)
    assert await waiting(channel, 0) == []
