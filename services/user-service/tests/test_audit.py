from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import aio_pika
import httpx2
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from foodchassis import Database, new_id, now
from foodchassis.testing import Issuer, eventually
from foodevents import AdminActed, AdminRead
from user_service.handlers import on_admin_acted, on_admin_read
from user_service.models import AuditRead
from user_service.service import audit
from user_service.settings import UserSettings

REASON = "It was cold."


async def acted(app: FastAPI, admin_id: UUID, action: str) -> AdminActed:
    event = AdminActed(admin_id=admin_id, action=action, object_id=uuid4(), reason=REASON)
    async with app.state.resources.get(Database).transaction() as session:
        await on_admin_acted(event, session)
        await on_admin_acted(event, session)
    return event


async def test_an_action_of_an_admin_is_listed_once_with_time_and_reason(
    app: FastAPI, client: httpx2.AsyncClient, issuer: Issuer
) -> None:
    me, another = uuid4(), uuid4()
    refund, cancel = await acted(app, me, "payment.refunded"), await acted(app, another, "order.cancelled")
    everything = {"": [cancel, refund], f"?admin_id={me}": [refund], f"?object_id={cancel.object_id}": [cancel]}

    for query, expected in {
        **everything,
        "?action=order.cancelled": [cancel],
        "?since=2099-01-01T00:00:00Z": [],
    }.items():
        answer = await client.get(f"/audit{query}", headers=issuer.bearer("admin", me))
        assert [one["id"] for one in answer.json()["items"]] == [str(one.action_id) for one in expected], query
        assert {(one["reason"], one["at"][:4] > "2000") for one in answer.json()["items"]} <= {(REASON, True)}


async def test_the_audit_is_ordered_by_time_across_pages(
    app: FastAPI, client: httpx2.AsyncClient, issuer: Issuer
) -> None:
    # The id of a refund is made from its request.
    ids = [new_id(), uuid5(uuid4(), "a refund"), new_id()]
    moments = [datetime(2026, 11, 27, 12, 0, 0, number, UTC) for number in (1, 2, 3)]
    async with app.state.resources.get(Database).transaction() as session:
        for action_id, at in zip(ids, moments, strict=True):
            who, what = uuid4(), uuid4()
            event = AdminActed(admin_id=who, action="payment.refunded", object_id=what, action_id=action_id, at=at)
            await on_admin_acted(event, session)

    async def listed(**query: str) -> list[str]:
        found: list[str] = []
        while True:
            params = {"limit": "1", **query}
            page = (await client.get("/audit", params=params, headers=issuer.bearer("admin"))).json()
            found += [one["id"] for one in page["items"]]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    newest_first = [str(one) for one in reversed(ids)]
    assert await listed() == newest_first
    assert await listed(action="payment.refunded", since=moments[1].isoformat()) == newest_first[:2]
    headers = issuer.bearer("admin")
    cursor = (await client.get("/audit", params={"limit": "1"}, headers=headers)).json()["next_cursor"]
    for made_up in ("", "inf", "nan", "0x1p+90"):
        params = {"cursor": cursor[:40] + made_up}
        assert (await client.get("/audit", params=params, headers=headers)).status_code == 422


async def test_the_audit_is_for_admins(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    for path in ("/audit", "/audit/reads"):
        assert (await client.get(path, headers=issuer.bearer("customer"))).status_code == 403


async def read(app: FastAPI, admin_id: UUID, operation: str, object_id: UUID | None, at: datetime) -> str:
    """Have a read stored, which two instances published."""
    event = AdminRead(admin_id=admin_id, operation=operation, object_id=object_id, read_id=uuid4(), at=at)
    async with app.state.resources.get(Database).transaction() as session:
        await on_admin_read(event, session)
        await on_admin_read(event.model_copy(update={"at": at + timedelta(minutes=1)}), session)
    return str(event.read_id)


async def test_what_an_admin_read_is_listed_once_apart_from_what_admins_did(
    app: FastAPI, client: httpx2.AsyncClient, issuer: Issuer
) -> None:
    me, another, order = uuid4(), uuid4(), uuid4()
    begun = now()
    first = await read(app, another, "get_order", order, begun - timedelta(hours=2))
    second = await read(app, another, "list_orders", None, begun - timedelta(hours=1))

    async def listed(**query: str) -> list[dict[str, Any]]:
        answer = await client.get("/audit/reads", params=query, headers=issuer.bearer("admin", me))
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    # Looking at the reads is one, too: it is published, and stored when the event has come.
    assert [one["id"] for one in await listed()] == [second, first]
    assert await listed(object_id=str(order)) == [
        {
            "id": first,
            "at": (begun - timedelta(hours=2)).isoformat().replace("+00:00", "Z"),
            "admin_id": str(another),
            "operation": "get_order",
            "object_id": str(order),
        }
    ]
    for query, expected in {
        "admin_id": (str(another), [second, first]),
        "operation": ("list_orders", [second]),
        "since": ((begun - timedelta(minutes=90)).isoformat(), [second]),
    }.items():
        value, ids = expected
        assert [one["id"] for one in await listed(**{query: value})] == ids, query
    assert await listed(admin_id=str(me)) == []
    answer = await client.get("/audit", headers=issuer.bearer("admin", me))
    assert answer.json()["items"] == []


async def test_reads_are_deleted_after_a_year_and_acts_are_not(
    app: FastAPI, client: httpx2.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, days = uuid4(), UserSettings.model_fields["audit_read_days"].default
    act = await acted(app, admin, "order.cancelled")
    old = [await read(app, admin, "get_order", uuid4(), now() - timedelta(days=days, hours=n)) for n in (1, 2, 3)]
    young = await read(app, admin, "get_order", uuid4(), now() - timedelta(days=days, hours=-1))
    monkeypatch.setattr(audit, "AT_ONCE", 2)

    async def left() -> list[str]:
        async with app.state.resources.get(Database).transaction() as session:
            await audit.drop_old_reads(session)
            rows = await session.exec(select(AuditRead).order_by(col(AuditRead.at)))
            return [str(one.id) for one in rows]

    assert await left() == [old[0], young]
    assert await left() == [young]
    entries = (await client.get("/audit", headers=issuer.bearer("admin"))).json()["items"]
    assert [one["id"] for one in entries] == [str(act.action_id)]


@pytest.mark.parametrize(("act", "body"), [("replay", None), ("drop", {"reason": REASON})])
async def test_actions_on_dead_letters_are_in_the_audit(
    live_app: FastAPI, rabbitmq_url: str, issuer: Issuer, act: str, body: dict[str, str] | None
) -> None:
    dead_letter, admin = uuid4(), uuid4()
    headers: aio_pika.abc.HeadersType = {"x-queue": "user-service.admin.acted", "x-reason": "ValueError: not today"}
    async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as channel:
        message = aio_pika.Message(b"{}", message_id=str(dead_letter), headers=headers)
        await channel.default_exchange.publish(message, "user-service.dead")
    transport = httpx2.ASGITransport(live_app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://service", headers=issuer.bearer("admin", admin)
    ) as http:
        done = await http.post(f"/operations/user-service/dead-letters/{dead_letter}/{act}", json=body)
        assert done.status_code == 204, done.text

        async def audited() -> list[dict[str, str]]:
            found: list[dict[str, str]] = (await http.get(f"/audit?object_id={dead_letter}")).json()["items"]
            return found

        [entry] = await eventually(audited)
    past = {"replay": "replayed", "drop": "dropped"}[act]
    assert (entry["admin_id"], entry["action"]) == (str(admin), f"dead_letter.{past}")
    assert entry["reason"] == (body or {}).get("reason")
