from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer

Body = dict[str, Any]
MakeThere = Callable[..., Awaitable[Body]]
Published = Callable[[], Awaitable[list[Envelope]]]
WHY = {"reason": "The certificate has expired."}


@pytest.fixture
def service_environment(service_environment: dict[str, str]) -> dict[str, str]:
    """Require approvals of restaurants, like production."""
    return {**service_environment, "APPROVE_APPLICATIONS": "false"}


@pytest.fixture
def admin_id() -> UUID:
    return uuid4()


@pytest.fixture
def admin(issuer: Issuer, admin_id: UUID) -> dict[str, str]:
    return issuer.bearer("admin", admin_id)


async def listed(client: AsyncClient) -> list[str]:
    return [one["id"] for one in (await client.get("/restaurants")).json()["items"]]


async def test_a_restaurant_is_listed_after_its_approval(
    client: AsyncClient, a_restaurant: MakeThere, admin: dict[str, str], admin_id: UUID, published: Published
) -> None:
    restaurant = await a_restaurant()
    assert (restaurant["standing"], restaurant["open_now"]) == ("pending", False)
    assert await listed(client) == []
    waiting = (await client.get("/restaurants/applications?standing=pending", headers=admin)).json()["items"]
    assert [one["id"] for one in waiting] == [restaurant["id"]]
    await published()

    for _ in range(2):
        answer = await client.post(f"/restaurants/{restaurant['id']}/approve", headers=admin)
        assert (answer.status_code, answer.json()["standing"]) == (200, "approved"), answer.text

    assert await listed(client) == [restaurant["id"]]
    snapshot, audit = await published()
    assert (snapshot.type, snapshot.data["standing"]) == ("restaurant.updated.v1", "approved")
    assert (audit.type, audit.data["admin_id"], audit.data["object_id"], audit.data["action"]) == (
        "admin.acted.v1",
        str(admin_id),
        restaurant["id"],
        "restaurant.approved",
    )


async def test_the_owner_sees_why_a_restaurant_is_rejected_or_suspended(
    client: AsyncClient, *, a_restaurant: MakeThere, admin: dict[str, str], owner: dict[str, str], published: Published
) -> None:
    restaurant = await a_restaurant()
    path = f"/restaurants/{restaurant['id']}"
    for verdict, standing in (("reject", "rejected"), ("approve", "approved"), ("suspend", "suspended")):
        await published()
        answer = await client.post(f"{path}/{verdict}", json=None if verdict == "approve" else WHY, headers=admin)
        assert answer.status_code == 200, answer.text
        assert [one.data.get("standing") for one in await published()] == [standing, None]
        assert await listed(client) == ([restaurant["id"]] if verdict == "approve" else [])
        (mine,) = (await client.get("/restaurants/mine", headers=owner)).json()["items"]
        assert mine["standing"] == standing
        assert mine["standing_reason"] == (None if verdict == "approve" else WHY["reason"])

    refused = await client.post(f"{path}/reject", json=WHY, headers=admin)
    assert refused.status_code == 409
    assert "application is suspended" in refused.json()["detail"]


async def test_an_admin_cannot_decide_about_an_unknown_restaurant(client: AsyncClient, admin: dict[str, str]) -> None:
    answer = await client.post(f"/restaurants/{uuid4()}/approve", headers=admin)

    assert answer.status_code == 404
