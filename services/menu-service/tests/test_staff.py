import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from sqlalchemy import text, update
from sqlmodel import col, select

from foodchassis import Database, now
from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer, eventually
from menu_service import service
from menu_service.models import Invitation, Restaurant

Body = dict[str, Any]
Headers = dict[str, str]
MakeThere = Callable[..., Awaitable[Body]]
Published = Callable[[], Awaitable[list[Envelope]]]
COOK, MANAGER = uuid4(), uuid4()


@pytest.fixture
def cook(issuer: Issuer) -> Headers:
    return issuer.bearer("restaurant", COOK)


@pytest.fixture
def manager(issuer: Issuer) -> Headers:
    return issuer.bearer("restaurant", MANAGER)


@pytest.fixture
async def restaurant(a_restaurant: MakeThere) -> Body:
    return await a_restaurant()


Invite = Callable[..., Awaitable[str]]


@pytest.fixture
def invite(client: AsyncClient, owner: Headers, restaurant: Body) -> Invite:
    async def send(role: str) -> str:
        body = {"role": role, "name": f"The {role}"}
        answer = await client.post(f"/restaurants/{restaurant['id']}/invitations", json=body, headers=owner)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["code"])

    return send


async def join(client: AsyncClient, code: str, who: Headers) -> Response:
    return await client.post("/restaurants/join", json={"code": code}, headers=who)


@pytest.fixture
async def hired(client: AsyncClient, invite: Invite, cook: Headers, manager: Headers) -> None:
    for role, who in (("kitchen", cook), ("manager", manager)):
        answer = await join(client, await invite(role), who)
        assert (answer.status_code, answer.json()["role"]) == (200, role), answer.text


async def test_a_joining_member_becomes_staff_and_is_published(
    client: AsyncClient, *, restaurant: Body, invite: Invite, cook: Headers, owner: Headers, published: Published
) -> None:
    code = await invite("kitchen")
    await published()

    first, again = await join(client, code, cook), await join(client, code, cook)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    (snapshot,) = await published()
    assert snapshot.data["staff"] == [{"user_id": str(COOK), "role": "kitchen"}]
    (mine,) = (await client.get("/restaurants/mine", headers=cook)).json()["items"]
    assert (mine["id"], mine["role"]) == (restaurant["id"], "kitchen")
    staff = (await client.get(f"/restaurants/{restaurant['id']}/staff", headers=owner)).json()
    assert staff == {"members": [{"user_id": str(COOK), "role": "kitchen", "name": "The kitchen"}], "invitations": []}


@pytest.mark.usefixtures("hired")
async def test_each_role_has_only_its_own_permissions(
    client: AsyncClient, *, restaurant: Body, an_item: MakeThere, cook: Headers, manager: Headers, stranger: Headers
) -> None:
    path = f"/restaurants/{restaurant['id']}"
    dish = f"{path}/items/{(await an_item(restaurant))['id']}"
    kitchen: list[tuple[str, str, Any]] = [("PATCH", path, {"paused": True}), ("PATCH", dish, {"available": False})]
    managers: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"delivery_fee": 1}),
        ("PATCH", path, {"paused": False, "prep_minutes": 9}),
        ("PATCH", dish, {"price": 1}),
        ("POST", f"{path}/items", {"name": "Soup", "price": 100}),
        ("DELETE", dish, None),
    ]
    owners: list[tuple[str, str, Any]] = [
        ("GET", f"{path}/staff", None),
        ("POST", f"{path}/invitations", {"role": "manager", "name": "A friend"}),
        ("DELETE", f"{path}/invitations/{uuid4()}", None),
        ("PUT", f"{path}/staff/{COOK}", {"role": "manager"}),
        ("DELETE", f"{path}/staff/{COOK}", None),
    ]

    async def statuses(calls: list[tuple[str, str, Any]], who: Headers) -> set[int]:
        return {(await client.request(method, url, json=body, headers=who)).status_code for method, url, body in calls}

    assert await statuses(kitchen + managers + owners, stranger) == {404}
    assert await statuses(managers + owners[:4], cook) == {403}
    assert await statuses(owners, manager) == {403}
    assert await statuses(kitchen, cook) == {200}
    assert await statuses(kitchen + managers, manager) == {200, 201, 204}


@pytest.mark.usefixtures("hired")
async def test_an_owner_changes_a_role_and_removes_a_member_immediately(
    client: AsyncClient, *, restaurant: Body, cook: Headers, manager: Headers, owner: Headers, published: Published
) -> None:
    path = f"/restaurants/{restaurant['id']}"
    await published()

    for _ in range(2):
        assert (await client.put(f"{path}/staff/{COOK}", json={"role": "manager"}, headers=owner)).status_code == 200
    assert (await client.patch(path, json={"prep_minutes": 9}, headers=cook)).status_code == 200
    assert (await client.delete(f"{path}/staff/{COOK}", headers=owner)).status_code == 204
    assert (await client.delete(f"{path}/staff/{MANAGER}", headers=manager)).status_code == 204

    assert [len(one.data["staff"]) for one in await published()] == [2, 2, 1, 0]
    for gone in (cook, manager):
        assert (await client.patch(path, json={"paused": True}, headers=gone)).status_code == 404
    assert (await client.delete(f"{path}/staff/{COOK}", headers=owner)).status_code == 404


async def test_a_code_is_valid_for_one_user_until_it_expires_or_is_withdrawn(
    app: FastAPI,
    client: AsyncClient,
    *,
    restaurant: Body,
    invite: Invite,
    cook: Headers,
    stranger: Headers,
    owner: Headers,
) -> None:
    path = f"/restaurants/{restaurant['id']}"
    used, withdrawn, expired = [await invite("kitchen") for _ in range(3)]
    assert (await join(client, used, owner)).status_code == 409
    assert (await join(client, used, cook)).status_code == 200
    opened = (await client.get(f"{path}/staff", headers=owner)).json()["invitations"]
    gone = await client.delete(f"{path}/invitations/{opened[0]['id']}", headers=owner)
    assert gone.status_code == 204
    async with app.state.resources.get(Database).transaction() as session:
        await session.exec(update(Invitation).where(col(Invitation.used_by).is_(None)).values(expires_at=now()))
        assert withdrawn not in str((await session.exec(select(Invitation))).all())

    for code in (used, withdrawn, expired, "made up"):
        assert (await join(client, code, stranger)).status_code == 404
    await client.delete(f"{path}/staff/{COOK}", headers=owner)
    assert (await join(client, used, cook)).status_code == 404
    await invite("manager")
    async with app.state.resources.get(Database).transaction() as session:
        assert (await session.exec(select(Invitation.name))).all() == ["The manager"]


async def test_a_repeated_invitation_is_one_and_its_code_is_not_stored(
    app: FastAPI, client: AsyncClient, restaurant: Body, owner: Headers, cook: Headers
) -> None:
    path, body = f"/restaurants/{restaurant['id']}/invitations", {"role": "kitchen", "name": "Ben"}
    keyed = {**owner, "Idempotency-Key": "3f6c2a1e-0b7d-4c55-9a51-6f0e8d2b4c11"}

    first, *again = [await client.post(path, json=body, headers=keyed) for _ in range(2)]
    twins = await asyncio.gather(*(client.post(path, json=body, headers=keyed) for _ in range(3)))

    assert {one.text for one in (*again, *twins)} == {first.text}
    assert {one.headers["location"] for one in (first, *again)} == {f"{path}/{first.json()['id']}"}
    assert {one.headers["cache-control"] for one in (first, *again)} == {"no-store"}
    assert again[0].headers["idempotency-replayed"] == "true"
    shown = await client.get(first.headers["location"], headers=owner)
    assert shown.json() == {name: value for name, value in first.json().items() if name != "code"}
    async with app.state.resources.get(Database).transaction() as session:
        stored = str((await session.exec(text("SELECT i::text, k::text FROM invitations i, idempotency_keys k"))).all())
    for secret in (first.json()["code"], keyed["Idempotency-Key"]):
        assert secret not in stored
        assert secret.encode().hex() not in stored
    for wrong, status in (({**body, "name": "Ada"}, 422), ({**body, "role": "manager"}, 422)):
        assert (await client.post(path, json=wrong, headers=keyed)).status_code == status
    short = await client.post(path, json=body, headers={**owner, "Idempotency-Key": "guessable"})
    assert (short.status_code, short.json()["errors"][0]["field"]) == (422, "header.Idempotency-Key")
    assert (await join(client, again[0].json()["code"], cook)).status_code == 200
    assert (await client.get(first.headers["location"], headers=owner)).status_code == 404


@pytest.mark.usefixtures("hired")
async def test_an_erased_user_is_removed_from_all_staff(
    app: FastAPI, client: AsyncClient, *, restaurant: Body, invite: Invite, cook: Headers, published: Published
) -> None:
    code = await invite("kitchen")
    await published()

    async with app.state.resources.get(Database).transaction() as session:
        await service.erase_owner(session, COOK)

    (envelope,) = await published()
    assert [member["user_id"] for member in envelope.data["staff"]] == [str(MANAGER)]
    assert (
        await client.patch(f"/restaurants/{restaurant['id']}", json={"paused": True}, headers=cook)
    ).status_code == 404
    assert (await join(client, code, cook)).status_code == 403
    async with app.state.resources.get(Database).transaction() as session:
        names = (await session.exec(select(Invitation.name, Invitation.used_by))).all()
    assert sorted(names) == [("The kitchen", None), ("The manager", MANAGER)]


async def test_closing_a_restaurant_deletes_its_invitations_and_standing_reason(
    app: FastAPI, *, restaurant: Body, invite: Invite, owner_id: UUID
) -> None:
    await invite("kitchen")
    async with app.state.resources.get(Database).transaction() as session:
        row = await session.get_one(Restaurant, UUID(restaurant["id"]))
        row.standing_reason = "Its owner, Ms Doe, wrote"
        await service.erase_owner(session, owner_id)

    async with app.state.resources.get(Database).transaction() as session:
        assert (await session.exec(select(Invitation))).all() == []
        assert (await session.exec(select(Restaurant.standing_reason))).all() == [None]


async def test_expired_invitations_of_all_restaurants_are_deleted(
    app: FastAPI, client: AsyncClient, *, a_restaurant: MakeThere, invite: Invite, owner: Headers
) -> None:
    elsewhere = f"/restaurants/{(await a_restaurant())['id']}/invitations"
    await client.post(elsewhere, json={"role": "kitchen", "name": "Ben"}, headers=owner)
    async with app.state.resources.get(Database).transaction() as session:
        await session.exec(update(Invitation).values(expires_at=now()))

    await invite("manager")

    async with app.state.resources.get(Database).transaction() as session:
        assert (await session.exec(select(Invitation.name))).all() == ["The manager"]


async def test_joining_waits_for_a_concurrent_withdrawal_of_the_code(
    app: FastAPI, client: AsyncClient, *, restaurant: Body, invite: Invite, cook: Headers, owner_id: UUID
) -> None:
    code, restaurant_id, database = await invite("kitchen"), UUID(restaurant["id"]), app.state.resources.get(Database)

    async def is_blocked() -> bool:
        async with database.transaction() as session:
            here = "datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
            blocked = f"SELECT count(*) FROM pg_stat_activity WHERE {here}"
            return bool((await (await session.connection()).execute(text(blocked))).scalar())

    async with database.transaction() as session:
        (opened,) = (await service.list_staff(session, restaurant_id, owner_id=owner_id)).invitations
        joining = asyncio.ensure_future(join(client, code, cook))
        await eventually(is_blocked)
        await service.withdraw_invitation(session, restaurant_id, opened.id, owner_id=owner_id)

    assert (await joining).status_code == 404


async def test_a_machine_token_changes_only_its_own_restaurant(
    client: AsyncClient, *, restaurant: Body, a_restaurant: MakeThere, issuer: Issuer, owner_id: UUID
) -> None:
    claims = {"acts_for": str(owner_id), "bound_to": restaurant["id"]}
    machine_token = issuer.bearer("restaurant", **claims, scope="menu:write")
    other, change = (await a_restaurant())["id"], {"paused": True}

    assert (
        await client.patch(f"/restaurants/{restaurant['id']}", json=change, headers=machine_token)
    ).status_code == 200
    assert (await client.patch(f"/restaurants/{other}", json=change, headers=machine_token)).status_code == 404
    # Different spellings of an id are equal.
    upper = restaurant["id"].upper()
    assert (await client.patch(f"/restaurants/{upper}", json=change, headers=machine_token)).status_code == 200
    dish = {"name": "Soup", "price": 100}
    assert (await client.post(f"/restaurants/{other}/items", json=dish, headers=machine_token)).status_code == 404
    for headers in (machine_token, issuer.bearer("restaurant", **claims, scope="orders:read")):
        assert (await client.get(f"/restaurants/{restaurant['id']}/staff", headers=headers)).status_code == 403


class TestLimit:
    @pytest.fixture
    def service_environment(self, service_environment: dict[str, str]) -> dict[str, str]:
        return {**service_environment, "MAX_STAFF": "1"}

    async def test_the_number_of_staff_members_is_limited(
        self, client: AsyncClient, restaurant: Body, invite: Invite, owner: Headers
    ) -> None:
        await invite("kitchen")

        body = {"role": "kitchen", "name": "One more"}
        refused = await client.post(f"/restaurants/{restaurant['id']}/invitations", json=body, headers=owner)

        assert refused.status_code == 409
        assert "1 are allowed" in refused.json()["detail"]
