from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from delivery_service.models import OfferStatus
from foodchassis import new_id
from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer

Published = Callable[[], Awaitable[list[Envelope]]]
REASON = {"reason": "The licence has expired."}


@pytest.fixture
def service_environment(service_environment: dict[str, str]) -> dict[str, str]:
    """Require approvals of drivers, like production."""
    return {**service_environment, "APPROVE_APPLICATIONS": "false"}


@pytest.fixture
def admin(issuer: Issuer) -> dict[str, str]:
    return issuer.bearer("admin")


Decide = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
def decide(client: httpx2.AsyncClient, admin: dict[str, str]) -> Decide:
    async def send(driver: UUID, verdict: str) -> httpx2.Response:
        body = None if verdict == "approve" else REASON
        return await client.post(f"/drivers/{driver}/{verdict}", json=body, headers=admin)

    return send


async def test_an_approved_driver_gets_offers_immediately(city: Any, decide: Decide) -> None:
    driver = await city.driver()
    delivery = await city.paid()
    assert await city.offers(delivery) == []

    for _ in range(2):
        answer = await decide(driver, "approve")
        assert (answer.status_code, answer.json()["standing"]) == (200, "approved"), answer.text

    assert [(one.driver_id, one.status) for one in await city.offers(delivery)] == [(driver, OfferStatus.OPEN)]


async def test_a_suspended_driver_loses_the_open_offer_and_gets_no_new_one(
    client: httpx2.AsyncClient, *, city: Any, decide: Decide, issuer: Issuer, published: Published
) -> None:
    driver = await city.driver()
    await decide(driver, "approve")
    delivery = await city.paid()
    await published()

    assert (await decide(driver, "suspend")).status_code == 200
    await city.paid()

    assert [one.status for one in await city.offers(delivery)] == [OfferStatus.DECLINED]
    (action,) = [one.data for one in await published() if one.type == "admin.acted.v1"]
    assert (action["action"], action["object_id"], action["reason"]) == (
        "driver.suspended",
        str(driver),
        REASON["reason"],
    )
    mine = await client.get("/drivers/me", headers=issuer.bearer("driver", driver))
    assert (mine.json()["standing"], mine.json()["standing_reason"]) == ("suspended", REASON["reason"])
    offers = await client.get("/drivers/me/offers", headers=issuer.bearer("driver", driver))
    assert offers.json()["items"] == []


async def test_admins_list_and_decide_pending_applications(
    client: httpx2.AsyncClient, city: Any, decide: Decide, admin: dict[str, str]
) -> None:
    rejected, waiting = await city.driver(), await city.driver()
    assert (await decide(rejected, "reject")).status_code == 200

    found = (await client.get("/drivers?standing=pending", headers=admin)).json()["items"]

    assert [one["id"] for one in found] == [str(waiting)]
    assert (await decide(waiting, "suspend")).status_code == 409
    assert (await decide(new_id(), "approve")).status_code == 404
