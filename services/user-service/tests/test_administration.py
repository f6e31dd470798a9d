import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from foodchassis import Database
from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer
from foodevents import AdminRead
from user_service.schemas.accounts import AdminCreate
from user_service.service import accounts

Ask = Callable[..., Awaitable[httpx2.Response]]
Published = Callable[[], Awaitable[list[Envelope]]]
REASON = {"reason": "The owner called: the phone was stolen."}
ADMIN = uuid4()
CHANGES = ("/users/{user}/sessions/end", "/users/{user}/sessions/{session}/end", "/users/{user}/erase")


@pytest.fixture
def admin(issuer: Issuer) -> dict[str, str]:
    return issuer.bearer("admin", ADMIN)


async def an_admin(app: FastAPI) -> UUID:
    asked = AdminCreate(email="root@example.com", name="Root", password=SecretStr("correct horse"))
    async with app.state.resources.get(Database).transaction() as session:
        return (await accounts.ensure_admin(session, asked)).id


async def acted(published: Published) -> list[tuple[str, str, str, str | None]]:
    """Return the events published since the last call, without reads; of actions of admins also object and reason."""
    return [
        (one.type, str(one.data.get("action")), str(one.data.get("object_id")), one.data.get("reason"))
        for one in await published()
        if one.type != AdminRead.event_type
    ]


async def test_an_admin_reads_an_account_and_its_sessions(
    client: httpx2.AsyncClient, an_account: Any, log_in: Ask, admin: dict[str, str]
) -> None:
    ada = await an_account()
    await log_in()

    account = await client.get(f"/users/{ada.id}", headers=admin)
    sessions = await client.get(f"/users/{ada.id}/sessions", headers=admin)

    own = (await client.get("/users/me", headers=ada.headers)).json()
    mine = (await client.get("/users/me/sessions", headers=ada.headers)).json()
    assert (account.status_code, account.json()) == (200, own)
    assert sessions.json() == [{**one, "current": False} for one in mine]
    assert len(mine) == 2


async def test_one_session_ends_and_the_other_goes_on(
    client: httpx2.AsyncClient, an_account: Any, refresh: Ask, admin: dict[str, str], published: Published
) -> None:
    ada, eve = await an_account(), await an_account("eve@example.com")
    [session] = (await client.get(f"/users/{ada.id}/sessions", headers=admin)).json()
    await published()
    path = f"/users/{ada.id}/sessions/{session['id']}/end"

    # It is Ada's: under another account's address it is not known.
    elsewhere = await client.post(f"/users/{eve.id}/sessions/{session['id']}/end", headers=admin, json=REASON)
    at_once = await asyncio.gather(*(client.post(path, headers=admin, json=REASON) for _ in range(4)))

    assert (elsewhere.status_code, elsewhere.json()["type"]) == (404, "/problems/session-not-found")
    assert sorted(answer.status_code for answer in at_once) == [204, 404, 404, 404]
    assert (await client.get("/users/me", headers=ada.headers)).status_code == 401
    assert (await refresh(ada.tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await client.get("/users/me", headers=eve.headers)).status_code == 200
    assert await acted(published) == [("admin.acted.v1", "user.session_ended", ada.id, REASON["reason"])]


async def test_all_sessions_end_at_once(
    client: httpx2.AsyncClient, an_account: Any, log_in: Ask, refresh: Ask, admin: dict[str, str], published: Published
) -> None:
    ada, again = await an_account(), (await log_in()).json()
    await published()

    answer = await client.post(f"/users/{ada.id}/sessions/end", headers=admin, json=REASON)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get(f"/users/{ada.id}/sessions", headers=admin)).json() == []
    for tokens in (ada.tokens, again):
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await client.get("/users/me", headers=bearer)).status_code == 401
        assert (await refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await log_in()).status_code == 200
    assert await acted(published) == [("admin.acted.v1", "user.logged_out", ada.id, REASON["reason"])]


async def test_an_erased_account_is_gone_as_if_its_owner_had_erased_it(
    client: httpx2.AsyncClient, an_account: Any, log_in: Ask, admin: dict[str, str], published: Published
) -> None:
    ada = await an_account()
    await published()
    path = f"/users/{ada.id}/erase"

    at_once = await asyncio.gather(*(client.post(path, headers=admin, json=REASON) for _ in range(4)))

    assert sorted(answer.status_code for answer in at_once) == [204, 404, 404, 404]
    assert (await client.get("/users", headers=admin)).json()["items"] == []
    assert (await client.get("/users/me", headers=ada.headers)).status_code == 401
    assert (await log_in()).json()["error"] == "invalid_grant"
    assert sorted(await acted(published)) == [
        ("admin.acted.v1", "user.erased", ada.id, REASON["reason"]),
        ("user.erased.v1", "None", "None", None),
    ]


async def test_an_admin_is_not_erased_and_nothing_is_audited(
    client: httpx2.AsyncClient, app: FastAPI, admin: dict[str, str], published: Published
) -> None:
    colleague = await an_admin(app)
    await published()

    answer = await client.post(f"/users/{colleague}/erase", headers=admin, json=REASON)

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/admin-stays")
    assert (await client.get(f"/users/{colleague}", headers=admin)).status_code == 200
    assert await acted(published) == []


@pytest.mark.parametrize("path", ["/users/{user}", "/users/{user}/sessions", *CHANGES])
async def test_an_unknown_account_is_not_found(client: httpx2.AsyncClient, admin: dict[str, str], path: str) -> None:
    where = path.format(user=uuid4(), session=uuid4())
    asked = client.post(where, headers=admin, json=REASON) if path in CHANGES else client.get(where, headers=admin)
    answer = await asked

    expected = "/problems/session-not-found" if "{session}" in path else "/problems/user-not-found"
    assert (answer.status_code, answer.json()["type"]) == (404, expected)


@pytest.mark.parametrize("path", CHANGES)
async def test_a_change_needs_an_admin_and_a_reason(
    client: httpx2.AsyncClient, an_account: Any, issuer: Issuer, admin: dict[str, str], path: str
) -> None:
    ada = await an_account()
    [session] = (await client.get("/users/me/sessions", headers=ada.headers)).json()
    where = path.format(user=ada.id, session=session["id"])

    for role in ("customer", "restaurant", "driver"):
        assert (await client.post(where, headers=issuer.bearer(role), json=REASON)).status_code == 403
    # Not even of an own account: its owner has the routes under /users/me.
    assert (await client.post(where, headers=ada.headers, json=REASON)).status_code == 403
    for body in (None, {}, {"reason": ""}, {"reason": "\u0000"}, {"reason": "x" * 10_000}):
        assert (await client.post(where, headers=admin, json=body)).status_code == 422, body
    assert (await client.get("/users/me", headers=ada.headers)).status_code == 200


async def test_an_account_is_found_by_its_phone_however_it_is_written(
    client: httpx2.AsyncClient, an_account: Any, admin: dict[str, str]
) -> None:
    ada, _ = await an_account(), await an_account("eve@example.com")
    await client.patch("/users/me", headers=ada.headers, json={"phone": "+32 9 266 77 00"})

    for part in ("+3292667700", "+32 9 266 77 00", "09 266 77 00", "266-77-00", "(9) 266.77"):
        found = (await client.get("/users", params={"q": part}, headers=admin)).json()["items"]
        assert [one["id"] for one in found] == [ada.id], part
    for part in ("+33 9 266 77 00", "2667701", "99", "0000"):
        assert (await client.get("/users", params={"q": part}, headers=admin)).json()["items"] == [], part
