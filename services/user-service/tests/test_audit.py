from uuid import UUID, uuid4

import httpx2
from fastapi import FastAPI

from foodchassis import Database
from foodchassis.testing import Issuer
from foodevents import AdminActed
from user_service.handlers import on_admin_acted

REASON = "It was cold."


async def acted(app: FastAPI, admin_id: UUID, action: str) -> AdminActed:
    event = AdminActed(admin_id=admin_id, action=action, object_id=uuid4(), reason=REASON)
    async with app.state.resources.get(Database).transaction() as session:
        await on_admin_acted(event, session)
        await on_admin_acted(event, session)
    return event


async def test_what_an_admin_did_is_listed_once_with_when_and_why(
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


async def test_the_audit_is_for_admins(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    assert (await client.get("/audit", headers=issuer.bearer("customer"))).status_code == 403
