import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from joserfc import jwt
from sqlalchemy import text
from sqlmodel import select

from foodchassis import Database, UnauthorizedError
from foodchassis.testing import Issuer, eventually
from foodchassis.web import TokenVerifier
from foodevents import FoodSettings
from user_service.models import ApiClient, User
from user_service.schemas.api_clients import ScopeName
from user_service.service import sessions

RESTAURANT = str(uuid4())
SCOPES = ["orders:read", "orders:write"]
MINE = "/users/me/api-clients"
Made = dict[str, Any]
Make = Callable[[], Awaitable[Made]]


@pytest.fixture
async def owner(an_account: Any) -> Any:
    return await an_account(role="restaurant")


@pytest.fixture
def make(client: httpx2.AsyncClient, owner: Any) -> Make:
    async def send() -> Made:
        body = {"name": "Till", "restaurant_id": RESTAURANT, "scopes": SCOPES}
        answer = await client.post(MINE, json=body, headers=owner.headers)
        assert answer.status_code == 201, answer.text
        made: Made = answer.json()
        return made

    return send


async def token(client: httpx2.AsyncClient, made: Made, secret: str | None = None, **more: str) -> httpx2.Response:
    form = {"client_id": made["id"], "client_secret": secret or made["client_secret"], **more}
    return await client.post("/auth/token", data={"grant_type": "client_credentials", **form})


async def test_an_api_client_gets_a_token_with_its_user_restaurant_and_scopes(
    client: httpx2.AsyncClient, app: FastAPI, owner: Any, make: Make, issuer: Issuer
) -> None:
    made = await make()

    answer = await token(client, made)

    granted = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.status_code == 200, answer.text
    assert granted.keys() == {"access_token", "token_type", "expires_in", "scope"}
    claims = jwt.decode(granted["access_token"], issuer.key, algorithms=[issuer.algorithm]).claims
    names = ("sub", "client_id", "roles", "scope", "acts_for", "bound_to")
    assert [claims[name] for name in names] == [
        made["id"], made["id"], ["restaurant"], "orders:read orders:write", owner.id, RESTAURANT,
    ]  # fmt: skip
    who = await app.state.resources.get(TokenVerifier).verify(granted["access_token"])
    assert (str(who.id), who.scopes, str(who.bound_to)) == (owner.id, frozenset(SCOPES), RESTAURANT)
    # It reads no account, its user's neither.
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    assert (await client.get("/users/me", headers=headers)).status_code == 403


async def test_http_basic_and_a_subset_of_scopes_are_accepted(client: httpx2.AsyncClient, make: Make) -> None:
    made = await make()
    basic = base64.b64encode(f"{made['id']}:{made['client_secret']}".encode()).decode()
    form = {"grant_type": "client_credentials", "scope": "orders:read"}

    answer = await client.post("/auth/token", data=form, headers={"Authorization": f"Basic {basic}"})

    assert (answer.status_code, answer.json()["scope"]) == (200, "orders:read")
    for asked, granted in ((" ", " ".join(SCOPES)), ("orders:read  orders:read", "orders:read")):
        assert (await token(client, made, scope=asked)).json()["scope"] == granted
    refused = await token(client, made, scope="orders:read menu:write")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


async def test_an_unknown_client_and_a_wrong_secret_get_the_same_refusal(
    client: httpx2.AsyncClient, make: Make
) -> None:
    made = await make()

    for wrong in ({"client_secret": "guessed"}, {"id": str(uuid4())}, {"id": "till"}):
        refused = await token(client, {**made, **wrong})
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert refused.headers["WWW-Authenticate"].startswith("Basic")
    bare = await client.post("/auth/token", data={"grant_type": "client_credentials"})
    garbled = {"Authorization": "Basic not/base64!"}
    coded = await client.post("/auth/token", data={"grant_type": "client_credentials"}, headers=garbled)
    assert (bare.status_code, coded.status_code) == (401, 401)


async def test_a_secret_is_shown_once_and_stored_as_a_digest(
    client: httpx2.AsyncClient, app: FastAPI, owner: Any, make: Make
) -> None:
    made = await make()

    (listed,) = (await client.get(MINE, headers=owner.headers)).json()

    assert listed == {name: value for name, value in made.items() if name != "client_secret"}
    async with app.state.resources.get(Database).transaction() as session:
        stored = (await session.exec(select(ApiClient))).one()
    assert made["client_secret"] not in str(stored.model_dump())
    export = (await client.get("/users/me/export", headers=owner.headers)).json()
    assert export["api_clients"] == [listed]


@pytest.mark.parametrize("overlap", ["3600", "0"])
async def test_the_former_secret_stays_valid_for_a_while_after_a_rotation(
    client: httpx2.AsyncClient, app: FastAPI, owner: Any, make: Make, overlap: str
) -> None:
    app.state.resources.settings.client_secret_overlap_seconds = int(overlap)
    first = await make()

    second = (await client.post(f"{MINE}/{first['id']}/secret", headers=owner.headers)).json()
    assert ((await token(client, second)).status_code, second["id"]) == (200, first["id"])
    assert (await token(client, first)).status_code == (200 if overlap != "0" else 401)
    await client.post(f"{MINE}/{first['id']}/secret", headers=owner.headers)
    assert (await token(client, first)).status_code == 401


async def test_a_rotation_repeated_with_its_key_is_one_and_leaves_the_former_secret_good(
    client: httpx2.AsyncClient, app: FastAPI, owner: Any, make: Make
) -> None:
    first = await make()
    keyed = {**owner.headers, "Idempotency-Key": "8d0c7c1d6f1c4f3e9b1a2f5e7a6b4c3d"}

    once, again = [await client.post(f"{MINE}/{first['id']}/secret", headers=keyed) for _ in range(2)]

    assert (once.status_code, once.text) == (again.status_code, again.text)
    assert again.headers["idempotency-replayed"] == "true"
    for good in (first, again.json()):
        assert (await token(client, good)).status_code == 200
    async with app.state.resources.get(Database).transaction() as session:
        (stored,) = (await session.exec(text("SELECT body FROM idempotency_keys"))).one()
    assert again.json()["client_secret"].encode() not in stored


async def test_a_client_created_twice_with_one_key_is_one(client: httpx2.AsyncClient, owner: Any) -> None:
    keyed = {**owner.headers, "Idempotency-Key": "5e2b9c64-3c6f-4c88-8d5c-1f0a7b9e2d33"}
    body = {"name": "Till", "restaurant_id": RESTAURANT, "scopes": SCOPES}

    first, again = [await client.post(MINE, json=body, headers=keyed) for _ in range(2)]

    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert first.headers["location"] == again.headers["location"] == f"{MINE}/{first.json()['id']}"
    shown = await client.get(first.headers["location"], headers=owner.headers)
    assert shown.json() == {name: value for name, value in first.json().items() if name != "client_secret"}
    assert (await client.get(MINE, headers=owner.headers)).json() == [shown.json()]
    assert (await client.get(f"{MINE}/{uuid4()}", headers=owner.headers)).status_code == 404


async def test_a_revoked_client_is_refused_at_once_with_its_tokens(
    client: httpx2.AsyncClient, app: FastAPI, owner: Any, make: Make, an_account: Any
) -> None:
    made = await make()
    access = (await token(client, made)).json()["access_token"]
    verifier = app.state.resources.get(TokenVerifier)
    await verifier.verify(access)
    another = await an_account("bob@example.com", role="restaurant")
    assert (await client.delete(f"{MINE}/{made['id']}", headers=another.headers)).status_code == 404
    assert (await client.post(f"{MINE}/{made['id']}/secret", headers=another.headers)).status_code == 404

    assert (await client.delete(f"{MINE}/{made['id']}", headers=owner.headers)).status_code == 204

    assert (await token(client, made)).status_code == 401
    with pytest.raises(UnauthorizedError):
        await verifier.verify(access)


async def test_the_token_of_an_api_client_cannot_be_revoked_by_itself(client: httpx2.AsyncClient, make: Make) -> None:
    made = await make()
    access = (await token(client, made)).json()["access_token"]

    refused = await client.post("/auth/revoke", data={"token": access})

    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_token_type")
    assert f"DELETE {MINE}/{made['id']}" in refused.json()["detail"]


async def test_no_api_client_is_created_by_a_log_in_that_ends_concurrently(
    client: httpx2.AsyncClient, app: FastAPI, owner: Any
) -> None:
    database, body = app.state.resources.get(Database), {"name": "Till", "restaurant_id": RESTAURANT, "scopes": SCOPES}

    async def waits() -> bool:
        async with database.transaction() as session:
            here = "datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
            blocked = f"SELECT count(*) FROM pg_stat_activity WHERE {here}"
            return bool((await (await session.connection()).execute(text(blocked))).scalar())

    # As a password that is reset ends it: with the account locked.
    async with database.transaction() as session:
        await session.get_one(User, UUID(owner.id), with_for_update=True)
        creating = asyncio.ensure_future(client.post(MINE, json=body, headers=owner.headers))
        await eventually(waits)
        await sessions.end_all(session, UUID(owner.id))

    assert (await creating).status_code == 401
    async with database.transaction() as session:
        assert (await session.exec(select(ApiClient))).all() == []


def test_the_scopes_are_those_of_the_discovery_document() -> None:
    assert set(get_args(ScopeName)) == FoodSettings.auth_scopes.keys()


async def test_an_erased_users_clients_are_refused_at_once(
    client: httpx2.AsyncClient, app: FastAPI, owner: Any, make: Make
) -> None:
    made = await make()
    access = (await token(client, made)).json()["access_token"]

    assert (await client.delete("/users/me", headers=owner.headers)).status_code == 204

    assert (await token(client, made)).status_code == 401
    with pytest.raises(UnauthorizedError):
        await app.state.resources.get(TokenVerifier).verify(access)


async def test_the_number_of_api_clients_is_limited(
    client: httpx2.AsyncClient, app: FastAPI, owner: Any, make: Make
) -> None:
    app.state.resources.settings.clients_per_account = 1
    await make()

    body = {"name": "Another", "restaurant_id": RESTAURANT, "scopes": SCOPES}
    assert (await client.post(MINE, json=body, headers=owner.headers)).status_code == 409
    refused: tuple[dict[str, list[str]], ...] = (
        {"scopes": []},
        {"scopes": ["payments:write"]},
        {"scopes": ["orders:read"] * 2},
    )
    for wrong in refused:
        assert (await client.post(MINE, json=body | wrong, headers=owner.headers)).status_code == 422
