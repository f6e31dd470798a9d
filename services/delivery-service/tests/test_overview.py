from typing import Any

import httpx2
import pytest
from redis import RedisError
from sqlalchemy import update
from sqlmodel import col

from delivery_service.adapters import positions
from delivery_service.models import DeliveryStatus, Driver
from delivery_service.service import overview
from foodchassis import new_id
from foodchassis.testing import Issuer

UNKNOWN = "01970000-0000-7000-8000-000000000000"
ADMIN_ROUTES = [
    ("GET", "/drivers", None),
    ("GET", f"/deliveries/{UNKNOWN}/search", None),
    ("POST", f"/deliveries/{UNKNOWN}/reassign", {"reason": "The rider is ill."}),
]


@pytest.fixture
def admin(issuer: Issuer) -> dict[str, str]:
    return issuer.bearer("admin", new_id())


async def test_an_admin_sees_activity_and_position_of_each_driver(
    city: Any, client: httpx2.AsyncClient, admin: dict[str, str]
) -> None:
    free, offline = await city.driver(9_000), await city.driver(100, online=False)
    with_offer = await city.driver(100)
    offered = await city.paid()
    riding = await city.driver(200, auto_accept=True)
    ridden = await city.paid()
    await city.move(free, 9_500)

    answer = await client.get("/drivers", headers=admin)

    seen = {one["id"]: (one["state"], one["delivery_id"]) for one in answer.json()["items"]}
    assert seen == {
        str(free): ("free", None),
        str(offline): ("offline", None),
        str(with_offer): ("offered", str(offered.id)),
        str(riding): ("riding", str(ridden.id)),
    }
    durable = (await city.profile(free)).lat
    here = next(one for one in answer.json()["items"] if one["id"] == str(free))
    assert here["lat"] - durable == pytest.approx(500 / 111_195, rel=0.01)
    online = await client.get("/drivers", params={"online": "true", "limit": 2}, headers=admin)
    assert [one["id"] for one in online.json()["items"]] == [str(riding), str(with_offer)]
    assert online.json()["next_cursor"]


async def test_stored_positions_are_shown_without_redis(
    city: Any, client: httpx2.AsyncClient, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = await city.driver(300)

    async def lost(*_: Any) -> None:
        raise RedisError("gone")

    monkeypatch.setattr(positions, "where", lost)
    [seen] = (await client.get("/drivers", headers=admin)).json()["items"]

    assert (seen["id"], seen["lat"]) == (str(driver), (await city.profile(driver)).lat)


async def test_a_search_shows_offers_and_why_other_drivers_got_none(
    city: Any, client: httpx2.AsyncClient, admin: dict[str, str]
) -> None:
    far, near, silent = await city.driver(4_000), await city.driver(2_000), await city.driver(300)
    busy = await city.driver(100)
    await city.paid()
    await city.age_report(silent, 600)
    delivery = await city.paid()

    found = (await client.get(f"/deliveries/{delivery.id}/search", headers=admin)).json()

    assert (found["status"], found["radius_m"]) == ("offered", 3_000)
    assert [(one["driver_id"], one["reason"], one["offer"]) for one in found["drivers"]] == [
        (str(near), "asked", "open"),
        (str(busy), "busy", None),
        (str(silent), "silent", None),
        (str(far), "too_far", None),
    ]
    assert [one["distance_m"] for one in found["drivers"]] == pytest.approx([2_000, 100, 300, 4_000], abs=5)


async def test_only_the_nearest_drivers_are_shown(
    city: Any, client: httpx2.AsyncClient, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = await city.driver(100)
    await city.paid()
    await city.driver(4_000)
    await city.driver(9_000)
    delivery = await city.paid()
    monkeypatch.setattr(overview, "MOST_DRIVERS", 1)

    found = (await client.get(f"/deliveries/{delivery.id}/search", headers=admin)).json()

    assert [one["driver_id"] for one in found["drivers"]] == [str(busy)]


@pytest.mark.parametrize("standing", ["pending", "suspended"])
async def test_an_unapproved_driver_is_not_shown_as_free(
    city: Any, client: httpx2.AsyncClient, admin: dict[str, str], standing: str
) -> None:
    driver = await city.driver(300)
    async with city.database.transaction() as session:
        await session.exec(update(Driver).where(col(Driver.id) == driver).values(standing=standing))

    [seen] = (await client.get("/drivers", headers=admin)).json()["items"]

    assert (seen["id"], seen["state"]) == (str(driver), "offline")


async def test_an_admin_takes_a_delivery_from_its_driver_before_the_pick_up(
    city: Any, client: httpx2.AsyncClient, admin: dict[str, str], published: Any
) -> None:
    delivery = await city.reach(DeliveryStatus.ASSIGNED)
    path, reason = f"/deliveries/{delivery.id}/reassign", {"reason": "The rider is ill."}

    answer = await client.post(path, json=reason, headers=admin)

    assert (answer.status_code, answer.json()["status"], answer.json()["driver_id"]) == (200, "searching", None)
    assert (await city.latest_offer(delivery)).status == "abandoned"
    again = await client.post(path, json=reason, headers=admin)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/illegal-transition")
    [action] = [one.data for one in await published() if one.type == "admin.acted.v1"]
    assert (action["action"], action["reason"]) == ("delivery.reassigned", "The rider is ill.")


async def test_a_picked_up_delivery_cannot_be_taken_from_its_driver(
    city: Any, client: httpx2.AsyncClient, admin: dict[str, str]
) -> None:
    delivery = await city.reach(DeliveryStatus.PICKED_UP)

    answer = await client.post(f"/deliveries/{delivery.id}/reassign", json={"reason": "Ill."}, headers=admin)

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/illegal-transition")


@pytest.mark.parametrize(("method", "path", "body"), ADMIN_ROUTES)
@pytest.mark.parametrize("role", ["driver", "customer", "restaurant"])
async def test_the_overview_is_refused_to_other_roles(
    client: httpx2.AsyncClient, issuer: Issuer, role: str, method: str, path: str, body: Any
) -> None:
    answer = await client.request(method, path, json=body, headers=issuer.bearer(role, new_id()))

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


@pytest.mark.parametrize(("method", "path", "body"), ADMIN_ROUTES[1:])
async def test_an_unknown_id_is_not_found(
    client: httpx2.AsyncClient, admin: dict[str, str], method: str, path: str, body: Any
) -> None:
    answer = await client.request(method, path, json=body, headers=admin)

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/delivery-not-found")
