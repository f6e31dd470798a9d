from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

import aio_pika
import httpx2
import pytest
from fastapi import FastAPI

from foodchassis import Database, new_id
from foodchassis.testing import Issuer, eventually
from foodevents import AdminActed
from user_service.handlers import on_admin_acted

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
    assert (await client.get("/audit", headers=issuer.bearer("customer"))).status_code == 403


@pytest.mark.parametrize(("act", "body"), [("replay", None), ("drop", {"reason": REASON})])
async def test_actions_on_dead_letters_are_in_the_audit(
    live_app: FastAPI, rabbitmq_url: str, issuer: Issuer, act: str, body: dict[str, str] | None
) -> None:
    letter, admin = uuid4(), uuid4()
    headers: aio_pika.abc.HeadersType = {"x-queue": "user-service.admin.acted", "x-reason": "ValueError: not today"}
    async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as channel:
        message = aio_pika.Message(b"{}", message_id=str(letter), headers=headers)
        await channel.default_exchange.publish(message, "user-service.dead")
    transport = httpx2.ASGITransport(live_app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://service", headers=issuer.bearer("admin", admin)
    ) as http:
        done = await http.post(f"/operations/user-service/dead-letters/{letter}/{act}", json=body)
        assert done.status_code == 204, done.text

        async def audited() -> list[dict[str, str]]:
            found: list[dict[str, str]] = (await http.get(f"/audit?object_id={letter}")).json()["items"]
            return found

        [entry] = await eventually(audited)
    past = {"replay": "replayed", "drop": "dropped"}[act]
    assert (entry["admin_id"], entry["action"]) == (str(admin), f"dead_letter.{past}")
    assert entry["reason"] == (body or {}).get("reason")
