from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from delivery_service.models import DeliveryStatus
from foodchassis import new_id
from foodchassis.testing import Issuer

PROFILE = {"name": "Mara", "vehicle": "scooter", "auto_accept": False}
REASON = {"reason": "Flat tyre."}
DRIVER_ROUTES = [
    ("PUT", "/drivers/me", PROFILE),
    ("GET", "/drivers/me", None),
    ("PUT", "/drivers/me/availability", {"online": True}),
    ("PUT", "/drivers/me/location", {"lat": 52.5, "lng": 13.4}),
    ("GET", "/drivers/me/offers", None),
    ("POST", f"/offers/{new_id()}/accept", None),
    ("POST", f"/offers/{new_id()}/decline", None),
    ("POST", f"/deliveries/{new_id()}/pickup", None),
    ("POST", f"/deliveries/{new_id()}/deliver", None),
    ("POST", f"/deliveries/{new_id()}/unassign", REASON),
    ("POST", f"/deliveries/{new_id()}/fail", REASON),
]
OTHER_ROUTES = [("GET", "/deliveries", None), ("GET", f"/deliveries/{new_id()}", None)]
# These routes work for a driver without a profile: they create one or return an empty list.
EMPTY = [("PUT", "/drivers/me"), ("GET", "/drivers/me/offers"), ("GET", "/deliveries")]
INEXACT: list[tuple[str, Any]] = [
    ("/drivers/me", {**PROFILE, "online": True}),
    ("/drivers/me", {**PROFILE, "id": str(new_id())}),
    ("/drivers/me", {**PROFILE, "name": ""}),
    ("/drivers/me", {**PROFILE, "name": "a\x00b"}),
    ("/drivers/me", {**PROFILE, "vehicle": "tank"}),
    ("/drivers/me", {**PROFILE, "auto_accept": 1}),
    ("/drivers/me", {"name": "Mara"}),
    ("/drivers/me", []),
    ("/drivers/me/availability", {"online": "true"}),
    ("/drivers/me/availability", {}),
    ("/drivers/me/location", {"lat": 85.1, "lng": 0.0}),
    ("/drivers/me/location", {"lat": 0.0, "lng": -180.1}),
    ("/drivers/me/location", {"lat": "1", "lng": 0.0}),
    ("/drivers/me/location", {"lat": True, "lng": 0.0}),
    ("/drivers/me/location", {"lat": 1.0}),
]


@pytest.fixture
def driver(issuer: Issuer) -> dict[str, str]:
    return issuer.bearer("driver", new_id())


async def test_a_driver_creates_a_profile_goes_online_and_moves(
    client: httpx2.AsyncClient, driver: dict[str, str]
) -> None:
    made = await client.put("/drivers/me", json=PROFILE, headers=driver)
    moved = await client.put("/drivers/me/location", json={"lat": 52, "lng": 13.405}, headers=driver)
    online = await client.put("/drivers/me/availability", json={"online": True}, headers=driver)
    read = await client.get("/drivers/me", headers=driver)

    assert [one.status_code for one in (made, moved, online, read)] == [200, 204, 200, 200]
    shown = {**PROFILE, "online": False, "lat": None, "lng": None, "located_at": None}
    shown |= {"standing": "approved", "standing_reason": None}
    assert made.json() == {"id": made.json()["id"], **shown}
    assert online.json() == read.json()
    assert read.json()["online"]
    assert (read.json()["lat"], read.json()["lng"]) == (52.0, 13.405)
    assert read.json()["located_at"].endswith("Z")


async def test_a_manual_delivery_goes_from_offer_to_delivered(
    client: httpx2.AsyncClient, city: Any, issuer: Issuer
) -> None:
    driver_id = await city.driver(400)
    delivery = await city.paid()
    driver = issuer.bearer("driver", driver_id)
    customer = issuer.bearer("customer", delivery.customer_id)

    offers = (await client.get("/drivers/me/offers", headers=driver)).json()
    (offer,) = offers["items"]
    assert offers["next_cursor"] is None
    assert (offer["delivery_id"], offer["status"], offer["restaurant_name"]) == (str(delivery.id), "open", "Ofen")
    assert (offer["distance_m"], offer["trip_m"]) == (pytest.approx(400, abs=2), pytest.approx(1112, abs=2))
    assert (offer["delivery_fee"], offer["tip"], offer["currency"]) == (290, 150, "EUR")
    assert "Geheimweg" not in str(offers)
    hidden = await client.get(f"/deliveries/{delivery.id}", headers=driver)
    accepted = await client.post(f"/offers/{offer['id']}/accept", headers=driver)
    picked_up = await client.post(f"/deliveries/{delivery.id}/pickup", headers=driver)
    delivered = await client.post(f"/deliveries/{delivery.id}/deliver", headers=driver)
    seen = await client.get(f"/deliveries/{delivery.id}", headers=customer)

    steps = (accepted, picked_up, delivered, seen)
    assert hidden.status_code == 404
    assert [one.status_code for one in steps] == [200] * 4
    assert [one.json()["status"] for one in steps] == ["assigned", "picked_up", "delivered", "delivered"]
    assert [one.json()["version"] for one in steps] == [3, 4, 5, 5]
    assert accepted.json()["dropoff"]["line1"] == "Geheimweg 7"
    assert (await client.get("/drivers/me/offers", headers=driver)).json()["items"] == []


async def test_a_declined_offer_is_shown_as_closed(client: httpx2.AsyncClient, city: Any, issuer: Issuer) -> None:
    driver_id = await city.driver()
    offer = await city.latest_offer(await city.paid())

    declined = await client.post(f"/offers/{offer.id}/decline", headers=issuer.bearer("driver", driver_id))

    assert (declined.status_code, declined.json()["status"]) == (200, "declined")


async def test_only_driver_customer_and_admin_read_a_delivery(
    client: httpx2.AsyncClient, city: Any, issuer: Issuer
) -> None:
    driver_id = await city.driver(auto_accept=True)
    delivery = await city.paid()
    allowed_callers = [
        issuer.bearer("driver", driver_id), issuer.bearer("customer", delivery.customer_id), issuer.bearer("admin"),
    ]  # fmt: skip
    strangers = [issuer.bearer("driver"), issuer.bearer("customer"), issuer.bearer("restaurant")]
    unknown = new_id()
    missing = await client.get(f"/deliveries/{unknown}", headers=issuer.bearer("admin"))

    for caller in allowed_callers:
        one = await client.get(f"/deliveries/{delivery.id}", headers=caller)
        listed = await client.get("/deliveries", params={"order_id": str(delivery.order_id)}, headers=caller)
        assert one.json()["dropoff"]["line1"] == "Geheimweg 7"
        assert (one.status_code, listed.json()) == (200, {"items": [one.json()], "next_cursor": None})
    for stranger in strangers:
        one = await client.get(f"/deliveries/{delivery.id}", headers=stranger)
        listed = await client.get("/deliveries", params={"order_id": str(delivery.order_id)}, headers=stranger)
        assert listed.json() == {"items": [], "next_cursor": None}
        fields = {name: one.json()[name] for name in ("type", "title", "status", "detail")}
        assert fields == {name: missing.json()[name] for name in fields}


async def test_lists_continue_after_a_page(client: httpx2.AsyncClient, city: Any, issuer: Issuer) -> None:
    made = [str((await city.paid()).id) for _ in range(3)]
    admin = issuer.bearer("admin")

    first = (await client.get("/deliveries", params={"limit": 2}, headers=admin)).json()
    rest = (await client.get("/deliveries", params={"cursor": first["next_cursor"]}, headers=admin)).json()

    assert [one["id"] for one in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


async def statuses(
    client: httpx2.AsyncClient, requests: list[tuple[str, str, Any]], caller: dict[str, str]
) -> list[int]:
    """Send every request, check that each gets a problem response, and return the statuses."""
    answers = [await client.request(method, path, json=body, headers=caller) for method, path, body in requests]
    assert {one.headers["content-type"] for one in answers} == {"application/problem+json"}
    return [one.status_code for one in answers]


async def test_every_route_requires_a_token(client: httpx2.AsyncClient) -> None:
    routes = DRIVER_ROUTES + OTHER_ROUTES

    assert await statuses(client, routes, {}) == [401] * 13


async def test_routes_of_drivers_require_their_role(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    for role in ("customer", "restaurant", "admin"):
        assert await statuses(client, DRIVER_ROUTES, issuer.bearer(role)) == [403] * 11


async def test_a_missing_resource_responds_404(client: httpx2.AsyncClient, driver: dict[str, str]) -> None:
    # This driver has no profile, and these ids do not exist.
    missing = [one for one in DRIVER_ROUTES + OTHER_ROUTES if one[:2] not in EMPTY]

    assert await statuses(client, missing, driver) == [404] * 10


async def test_offer_and_delivery_of_another_driver_respond_like_missing_ones(
    client: httpx2.AsyncClient, city: Any, driver: dict[str, str]
) -> None:
    await city.driver(100)
    offer = await city.latest_offer(await city.paid())
    await city.driver(200, auto_accept=True)
    delivery = await city.paid()
    steps: list[tuple[str, Any, Any]] = [("/offers/{}/" + step, offer.id, None) for step in ("accept", "decline")]
    steps += [("/deliveries/{}/" + step, delivery.id, None) for step in ("pickup", "deliver")]
    steps += [("/deliveries/{}/" + step, delivery.id, REASON) for step in ("unassign", "fail")]

    for path, theirs, body in steps:
        foreign = await client.post(path.format(theirs), json=body, headers=driver)
        missing = await client.post(path.format(new_id()), json=body, headers=driver)
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json()["detail"] == missing.json()["detail"]


async def test_a_step_in_the_wrong_state_responds_409_with_the_state(
    client: httpx2.AsyncClient, city: Any, issuer: Issuer
) -> None:
    driver_id = await city.driver(auto_accept=True)
    delivery = await city.paid()
    offer = await city.latest_offer(delivery)
    driver = issuer.bearer("driver", driver_id)

    early = await client.post(f"/deliveries/{delivery.id}/deliver", headers=driver)
    late = await client.post(f"/offers/{offer.id}/decline", headers=driver)

    assert (early.status_code, late.status_code) == (409, 409)
    assert "assigned" in early.json()["detail"]
    assert "accepted" in late.json()["detail"]


async def test_a_repeated_step_gets_the_same_response(
    client: httpx2.AsyncClient, city: Any, issuer: Issuer, published: Any
) -> None:
    driver_id = await city.driver()
    delivery = await city.paid()
    offer = await city.latest_offer(delivery)
    driver = issuer.bearer("driver", driver_id)

    for path in (
        f"/offers/{offer.id}/accept",
        f"/deliveries/{delivery.id}/pickup",
        f"/deliveries/{delivery.id}/deliver",
    ):
        first = await client.post(path, headers=driver)
        await published()
        again = await client.post(path, headers=driver)
        foreign = await client.post(path, headers=issuer.bearer("driver"))

        assert (first.status_code, again.status_code, foreign.status_code) == (200, 200, 404)
        assert again.json() == first.json()
        assert await published() == []


async def test_an_offer_declined_again_stays_declined(client: httpx2.AsyncClient, city: Any, issuer: Issuer) -> None:
    driver = issuer.bearer("driver", await city.driver())
    offer = await city.latest_offer(await city.paid())

    first, again = [await client.post(f"/offers/{offer.id}/decline", headers=driver) for _ in range(2)]

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "a\x00b"}, {"reason": 1}, {**REASON, "by": "me"}, []])
async def test_a_failure_needs_a_reason_and_no_other_fields(
    client: httpx2.AsyncClient, driver: dict[str, str], body: Any
) -> None:
    steps = [("POST", f"/deliveries/{new_id()}/{step}", body) for step in ("unassign", "fail")]

    assert await statuses(client, steps, driver) == [422, 422]


@pytest.mark.parametrize(
    ("end", "seen"),
    [
        (DeliveryStatus.ASSIGNED, True),
        (DeliveryStatus.PICKED_UP, True),
        (DeliveryStatus.DELIVERED, False),
        (DeliveryStatus.CANCELLED, False),
        (DeliveryStatus.UNDELIVERABLE, False),
    ],
)
async def test_a_driver_sees_the_address_only_during_the_delivery(
    client: httpx2.AsyncClient, city: Any, issuer: Issuer, end: DeliveryStatus, seen: bool
) -> None:
    delivery = await city.reach(end)
    driver = issuer.bearer("driver", delivery.driver_id)
    customer = issuer.bearer("customer", delivery.customer_id)

    one = await client.get(f"/deliveries/{delivery.id}", headers=driver)
    listed = await client.get("/deliveries", headers=driver)

    assert listed.json()["items"] == [one.json()]
    assert (one.json()["dropoff"] is not None, "Geheimweg" in one.text) == (seen, seen)
    for onlooker in (customer, issuer.bearer("admin")):
        assert "Geheimweg" in (await client.get(f"/deliveries/{delivery.id}", headers=onlooker)).text


async def test_a_delivery_is_returned_and_then_failed_over_http(
    client: httpx2.AsyncClient, city: Any, issuer: Issuer
) -> None:
    first = await city.driver(100, auto_accept=True)
    delivery = await city.paid()
    second = await city.driver(200, auto_accept=True)
    before, after = issuer.bearer("driver", first), issuer.bearer("driver", second)

    given_back = await client.post(f"/deliveries/{delivery.id}/unassign", json=REASON, headers=before)
    hidden = await client.get(f"/deliveries/{delivery.id}", headers=before)
    await client.post(f"/deliveries/{delivery.id}/pickup", headers=after)
    failed = await client.post(f"/deliveries/{delivery.id}/fail", json=REASON, headers=after)
    again = await client.post(f"/deliveries/{delivery.id}/fail", json=REASON, headers=after)

    assert [one.status_code for one in (given_back, hidden, failed, again)] == [200, 404, 200, 409]
    assert (given_back.json()["dropoff"], failed.json()["status"]) == (None, "undeliverable")
    assert "undeliverable" in again.json()["detail"]


@pytest.mark.parametrize(
    ("body", "responsible"),
    [({}, "courier"), ({"responsible": "courier"}, "courier"), ({"responsible": "customer"}, "customer")],
)
async def test_a_failed_delivery_names_the_responsible_party(
    client: httpx2.AsyncClient, city: Any, issuer: Issuer, published: Any, body: dict[str, str], responsible: str
) -> None:
    delivery = await city.reach(DeliveryStatus.PICKED_UP)
    driver = issuer.bearer("driver", delivery.driver_id)

    failed = await client.post(f"/deliveries/{delivery.id}/fail", json={**REASON, **body}, headers=driver)

    assert (failed.status_code, failed.json()["status"]) == (200, "undeliverable")
    ended = (await published())[-1].data
    assert (ended["responsible"], ended["reason"]) == (responsible, "Flat tyre.")


@pytest.mark.parametrize("responsible", ["platform", "restaurant", "", None, True])
async def test_a_driver_may_name_only_the_customer_or_the_courier_as_responsible(
    client: httpx2.AsyncClient, driver: dict[str, str], responsible: Any
) -> None:
    steps = [("POST", f"/deliveries/{new_id()}/fail", {**REASON, "responsible": responsible})]

    assert await statuses(client, steps, driver) == [422]


async def test_an_invalid_body_responds_422(client: httpx2.AsyncClient, driver: dict[str, str]) -> None:
    assert await statuses(client, [("PUT", *one) for one in INEXACT], driver) == [422] * len(INEXACT)


async def test_a_position_of_not_a_number_is_refused(client: httpx2.AsyncClient, driver: dict[str, str]) -> None:
    answer = await client.put("/drivers/me/location", content=b'{"lat": NaN, "lng": 1.0}', headers=driver)

    assert answer.status_code in (400, 422)


async def test_an_invalid_id_responds_422(client: httpx2.AsyncClient, driver: dict[str, str]) -> None:
    paths = ["/deliveries/mine", "/deliveries?order_id=mine", "/deliveries?cursor=x&limit=1", "/deliveries?limit=101"]

    assert await statuses(client, [("GET", path, None) for path in paths], driver) == [422] * 4


async def test_the_openapi_document_names_every_refusal(app: FastAPI) -> None:
    operations = [
        operation
        for path, item in app.openapi()["paths"].items()
        if not path.startswith(("/health", "/operations"))
        for operation in item.values()
    ]

    assert len(operations) == 20
    assert all("401" in one["responses"] for one in operations)
    assert all(one["summary"] and one["tags"] for one in operations)
    named = {one["operationId"]: one for one in operations}
    steps = [named[name] for name in ("accept_offer", "decline_offer", "pick_up", "hand_over", "unassign", "fail")]
    assert all({"403", "404", "409"} <= set(one["responses"]) for one in steps)


async def test_an_admin_filters_deliveries(client: httpx2.AsyncClient, issuer: Issuer, city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    waiting, driven = await city.paid(town=1), await city.paid()
    admin = issuer.bearer("admin")

    async def found(**wanted: Any) -> list[str]:
        answer = await client.get("/deliveries", params=wanted, headers=admin)
        assert answer.status_code == 200, answer.text
        return [delivery["id"] for delivery in answer.json()["items"]]

    both = [str(driven.id), str(waiting.id)]
    assert await found(driver_id=str(driver)) == [str(driven.id)]
    assert await found(driver_id=str(new_id())) == []
    assert await found(status=["assigned"]) == [str(driven.id)]
    assert await found(status=["searching", "offered", "assigned"]) == both
    assert await found(since="2020-01-01T00:00:00Z") == both
    assert await found(since="2999-01-01T00:00:00Z") == []
