"""Old rows are deleted in small batches, and counted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from foodchassis.storage.database import Database, run
from foodchassis.storage.retention import Retention
from foodchassis.testing import eventually
from foodchassis.testing.apps import booted

# 3,000 rows of either table; a third of them is new.
FILL = (
    """
    INSERT INTO inbox (handler, event_id, received_at)
    SELECT 'on_' || n % 2, gen_random_uuid(), now() - interval '15 days' * (n % 3 <> 0)::int
    FROM generate_series(1, 3000) AS n
    """,
    """
    INSERT INTO idempotency_keys (owner, key, fingerprint, status, body, created_at)
    SELECT gen_random_uuid(), n, '', 201, '{}', now() - interval '8 days' * (n % 3 <> 0)::int
    FROM generate_series(1, 3000) AS n
    """,
)
SIZES = "SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM idempotency_keys)"
COUNTS = "SELECT handler, count FROM inbox_pruned ORDER BY handler"


async def query(app: FastAPI, *statements: str, **parameters: Any) -> list[Any]:
    async with app.state.resources.get(Database).transaction() as session:
        for statement in statements:
            found = await run(session, text(statement).bindparams(**parameters))
        return [tuple(row) for row in found.all()] if found.returns_rows else []


def retention(app: FastAPI, **settings: Any) -> Retention:
    held = app.state.resources
    usual = {"inbox_days": 14, "answers_days": 7}
    return Retention(held.settings.model_copy(update=usual | settings), held.get(Database))


@pytest.fixture
async def app(service_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    """The service, whose own retention finds no old rows."""
    forever = {"INBOX_DAYS": "3650", "ANSWERS_DAYS": "3650"}
    async for running in booted("review_service", service_environment | forever, monkeypatch):
        yield running


async def test_old_rows_are_deleted_and_counted(app: FastAPI) -> None:
    await query(app, *FILL)

    await retention(app).prune()

    assert await query(app, SIZES) == [(1000, 1000)]
    assert await query(app, COUNTS) == [("on_0", 1000), ("on_1", 1000)]


async def test_a_batch_is_small(app: FastAPI) -> None:
    await query(app, *FILL)

    assert await retention(app).prune_batch("inbox", 14) == 1000
    assert await retention(app, retention_batch=10).prune_batch("idempotency_keys", 7) == 10
    assert await query(app, SIZES) == [(2000, 2990)]


async def test_instances_side_by_side_count_each_row_once(app: FastAPI) -> None:
    await query(app, *FILL)

    await asyncio.gather(*(retention(app, retention_batch=100).prune() for _ in range(3)))

    assert await query(app, SIZES) == [(1000, 1000)]
    assert await query(app, COUNTS) == [("on_0", 1000), ("on_1", 1000)]


async def test_a_locked_row_is_skipped(app: FastAPI) -> None:
    await query(app, *FILL)
    async with app.state.resources.get(Database).transaction() as session:
        await run(session, text("SELECT FROM inbox ORDER BY received_at LIMIT 5 FOR UPDATE"))

        assert await retention(app, retention_batch=3000).prune_batch("inbox", 14) == 1995


async def test_a_dropped_letter_that_was_handled_after_all_is_counted_once(app: FastAPI) -> None:
    dropped = "INSERT INTO dropped_events (handler, event_id, reason) SELECT handler, event_id, 'old' FROM inbox"
    await query(app, FILL[0], dropped)

    await retention(app).prune()

    assert await query(app, "SELECT count(*) FROM dropped_events") == [(1000,)]


async def test_only_events_after_the_start_of_counting_are_counted(app: FastAPI) -> None:
    began, day = 1_700_000_000_000, 24 * 3600 * 1000
    ids = [UUID(int=(began + distance * day) << 80) for distance in (-2, 0, 2)]
    await query(app, "INSERT INTO outbox_counted VALUES (:since)", since=ids[1])
    handled = "INSERT INTO inbox (handler, event_id, received_at) VALUES ('on_0', :id, now() - interval '15 days')"
    for event_id in ids:
        await query(app, handled, id=event_id)

    await retention(app).prune()

    # Only the publisher knows which of the events in between are counted.
    assert await query(app, "SELECT event_id FROM inbox") == [(ids[1],)]
    assert await query(app, COUNTS) == [("on_0", 1)]


@pytest.fixture
async def busy_app(service_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    async for running in booted("review_service", {**service_environment, "RETENTION_INTERVAL": "0.05"}, monkeypatch):
        yield running


async def test_every_service_deletes_old_rows(busy_app: FastAPI) -> None:
    await query(busy_app, *FILL)

    async def pruned() -> bool:
        return await query(busy_app, SIZES) == [(1000, 1000)]

    await eventually(pruned)
