"""An owner reads the payments of their restaurants."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx2
import pytest

from foodchassis import new_id
from foodchassis.testing import Issuer
from foodevents import OpeningHours, Place, RestaurantUpdated

if TYPE_CHECKING:
    from conftest import Deliver, Order


def of(restaurant_id: UUID, owner_id: UUID, version: int = 1) -> RestaurantUpdated:
    return RestaurantUpdated(
        restaurant_id=restaurant_id, version=version, owner_id=owner_id, name="Night Owl Diner",
        place=Place(line1="Vrijdagmarkt 12", city="Ghent", postal_code="9000", lat=51.05, lng=3.72),
        hours=OpeningHours(timezone="Europe/Brussels", weekly=[]), paused=False, auto_accept=True, prep_minutes=15,
        radius_m=6000, currency="EUR", tax_rate_bp=1200, delivery_fee=250, service_fee_bp=500,
    )  # fmt: skip


@pytest.fixture
async def owner(deliver: "Deliver", order: "Order") -> UUID:
    """Return the id of the owner of the restaurant of a delivered order."""
    owner_id = new_id()
    await deliver(of(order.created.restaurant_id, owner_id))
    for event in (order.created, order.accepted(), order.picked_up(new_id()), order.delivered()):
        await deliver(event)
    return owner_id


async def test_an_owner_reads_the_payments_to_their_restaurants(
    client: httpx2.AsyncClient, issuer: Issuer, owner: UUID, order: "Order"
) -> None:
    mine, stranger_headers = issuer.bearer("restaurant", owner), issuer.bearer("restaurant")

    listed = (await client.get("/payments", headers=mine)).json()["items"]

    assert [payment["order_id"] for payment in listed] == [str(order.id)]
    assert (await client.get(f"/payments/{listed[0]['id']}", headers=mine)).status_code == 200
    assert (await client.get(f"/payments/{listed[0]['id']}", headers=stranger_headers)).status_code == 404
    assert (await client.get("/payments", headers=stranger_headers)).json()["items"] == []


async def test_an_owner_reads_only_their_own_payouts_of_a_settlement(
    client: httpx2.AsyncClient, issuer: Issuer, owner: UUID, order: "Order"
) -> None:
    admin, mine, stranger_headers = (
        issuer.bearer("admin"),
        issuer.bearer("restaurant", owner),
        issuer.bearer("restaurant"),
    )
    whole = (await client.post("/settlements", headers={**admin, "Idempotency-Key": "one"})).json()
    empty = (await client.post("/settlements", headers={**admin, "Idempotency-Key": "two"})).json()

    listed = (await client.get("/settlements", headers=mine)).json()["items"]
    one = await client.get(f"/settlements/{whole['id']}", headers=mine)

    (payout,) = [each for each in whole["payouts"] if each["payee"] == "restaurant"]
    assert len(whole["payouts"]) > 1
    assert listed == [one.json()] == [{**whole, "payouts": [payout]}]
    assert payout["payee_id"] == str(order.created.restaurant_id)
    assert [each["id"] for each in (await client.get("/settlements", headers=admin)).json()["items"]] == [
        empty["id"],
        whole["id"],
    ]
    assert (await client.get(f"/settlements/{whole['id']}", headers=stranger_headers)).status_code == 404
    assert (await client.get(f"/settlements/{empty['id']}", headers=mine)).status_code == 404
    assert (await client.get("/settlements", headers=stranger_headers)).json()["items"] == []


async def test_settlements_are_paginated(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    admin = issuer.bearer("admin")
    made = [
        (await client.post("/settlements", headers={**admin, "Idempotency-Key": f"{n}"})).json()["id"] for n in range(3)
    ]

    first = (await client.get("/settlements?limit=2", headers=admin)).json()
    rest = (await client.get("/settlements", params={"cursor": first["next_cursor"]}, headers=admin)).json()

    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]


@pytest.mark.parametrize("version", [1, 3])
async def test_the_owner_is_that_of_the_newest_snapshot(
    client: httpx2.AsyncClient, issuer: Issuer, owner: UUID, order: "Order", deliver: "Deliver", version: int
) -> None:
    next_owner = new_id()
    await deliver(of(order.created.restaurant_id, next_owner, version))
    await deliver(of(order.created.restaurant_id, new_id(), version - 1))

    found = [
        len((await client.get("/payments", headers=issuer.bearer("restaurant", one))).json()["items"])
        for one in (owner, next_owner)
    ]
    assert found == [0, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": ["captured"]}, 1),
        ({"status": ["declined", "captured"]}, 1),
        ({"status": ["declined"]}, 0),
        ({"since": "2020-01-01T00:00:00Z"}, 1),
        ({"since": "2999-01-01T00:00:00Z"}, 0),
        ({"restaurant_id": "theirs"}, 1),
        ({"restaurant_id": str(new_id())}, 0),
        ({"customer_id": "theirs"}, 1),
        ({"customer_id": str(new_id())}, 0),
    ],
)
async def test_an_admin_filters_payments(
    client: httpx2.AsyncClient, issuer: Issuer, owner: UUID, order: "Order", query: dict[str, Any], found: int
) -> None:
    params = {name: getattr(order.created, name) if value == "theirs" else value for name, value in query.items()}

    answer = await client.get("/payments", params=params, headers=issuer.bearer("admin"))

    assert (answer.status_code, len(answer.json()["items"])) == (200, found)
