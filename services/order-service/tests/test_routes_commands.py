from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from foodchassis import Event, new_id
from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer
from order_service.schemas import OrderPublic

Handle = Callable[[Event], Awaitable[None]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]
Published = Callable[[], Awaitable[list[Envelope]]]
Open = Callable[..., Awaitable[None]]
UNKNOWN = "01a203b4-c6ce-73ef-8e3f-1ef563390320"
COMMANDS = [("accept", {"prep_minutes": 20}), ("reject", {"reason": "closing"}), ("ready", None)]


def kind(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


async def test_a_restaurant_accepts_and_finishes_an_order(
    bistro: Any, client: httpx2.AsyncClient, order_before: OrderBefore, handle: Handle, issuer: Issuer
) -> None:
    order = await order_before("accept")
    owner = issuer.bearer("restaurant", bistro.owner)
    accepted = await client.post(
        f"/orders/{order.id}/accept", json={"prep_minutes": 20}, headers=owner | {"If-Match": '"2"'}
    )
    await handle(bistro.event("payment.completed", order))
    ready = await client.post(f"/orders/{order.id}/ready", headers=owner)
    listed = await client.get(f"/orders?restaurant_id={bistro.restaurant.restaurant_id}", headers=owner)

    assert (accepted.status_code, accepted.json()["kitchen"], accepted.json()["version"]) == (200, "accepted", 3)
    assert accepted.json()["ready_at"] is not None
    assert (ready.status_code, ready.json()["status"], ready.json()["kitchen"]) == (200, "paid", "ready")
    assert listed.json()["items"] == [ready.json()]


async def test_a_restaurant_rejects_an_order(
    bistro: Any, client: httpx2.AsyncClient, order_before: OrderBefore, issuer: Issuer
) -> None:
    order = await order_before("accept")
    owner = issuer.bearer("restaurant", bistro.owner)
    rejected = await client.post(f"/orders/{order.id}/reject", json={"reason": "out of flour"}, headers=owner)

    assert (rejected.status_code, rejected.json()["status"]) == (200, "rejected")
    assert rejected.json()["reason"] == "out of flour"


async def test_a_repeated_command_gets_the_same_response(
    bistro: Any, client: httpx2.AsyncClient, order_before: OrderBefore, handle: Handle, issuer: Issuer
) -> None:
    order = await order_before("accept")
    owner = issuer.bearer("restaurant", bistro.owner)

    async def send(command: str, headers: dict[str, str] = owner, **body: Any) -> httpx2.Response:
        return await client.post(f"/orders/{order.id}/{command}", json=body or None, headers=headers)

    first = await send("accept", prep_minutes=15)
    again = await send("accept", owner | {"If-Match": f'"{order.version}"'}, prep_minutes=15)
    other = await send("accept", prep_minutes=16)
    foreign = await send("accept", issuer.bearer("restaurant"), prep_minutes=15)
    await handle(bistro.event("payment.completed", order))
    done, repeated = await send("ready"), await send("ready")
    late = await send("accept", prep_minutes=15)

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert (other.status_code, foreign.status_code, late.status_code) == (409, 404, 409)
    assert (done.status_code, repeated.status_code, repeated.json()) == (200, 200, done.json())


@pytest.mark.parametrize(("command", "body"), COMMANDS)
async def test_a_command_in_the_wrong_state_names_the_current_state(
    bistro: Any, client: httpx2.AsyncClient, order_before: OrderBefore, issuer: Issuer, command: str, body: Any
) -> None:
    order = await order_before("payment.authorized")
    owner = issuer.bearer("restaurant", bistro.owner)
    answer = await client.post(f"/orders/{order.id}/{command}", json=body, headers=owner)

    assert kind(answer) == (409, "illegal-transition")
    assert (answer.json()["order_status"], answer.json()["kitchen"]) == ("pending", "waiting")
    assert "The order is pending" in answer.json()["detail"]


@pytest.mark.parametrize(("command", "body"), COMMANDS)
async def test_a_stale_or_unauthorized_command_is_refused(
    bistro: Any, client: httpx2.AsyncClient, order_before: OrderBefore, issuer: Issuer, command: str, body: Any
) -> None:
    order = await order_before("accept")
    path = f"/orders/{order.id}/{command}"
    owner, stranger = issuer.bearer("restaurant", bistro.owner), issuer.bearer("restaurant")

    assert kind(await client.post(path, json=body, headers=owner | {"If-Match": '"1"'})) == (412, "order-changed")
    assert kind(await client.post(path, json=body, headers=owner | {"If-Match": "two"})) == (422, "invalid-request")
    foreign = await client.post(path, json=body, headers=stranger)
    unknown = await client.post(f"/orders/{new_id()}/{command}", json=body, headers=owner)
    assert kind(foreign) == kind(unknown) == (404, "order-not-found")
    assert foreign.json()["detail"] == unknown.json()["detail"]


@pytest.mark.parametrize("path", ["/orders/{}", "/orders/{}/timeline", "/orders/{}/stream", "/orders?restaurant_id={}"])
async def test_an_order_of_another_user_responds_like_a_missing_one(
    bistro: Any, client: httpx2.AsyncClient, order_before: OrderBefore, issuer: Issuer, path: str
) -> None:
    order = await order_before("accept")
    known = bistro.restaurant.restaurant_id if "restaurant" in path else order.id
    answers = [await client.get(path.format(key), headers=issuer.bearer("customer")) for key in (known, new_id())]
    responses = [(a.status_code, a.json()["type"], a.json()["detail"]) for a in answers]

    assert responses[0] == responses[1]
    assert responses[0][0] == 404


@pytest.mark.parametrize(
    ("method", "path", "wrong_roles"),
    [
        ("POST", "/quotes", ["restaurant", "driver", "admin"]),
        ("POST", "/orders", ["restaurant", "driver", "admin"]),
        ("GET", "/orders", []),
        ("GET", f"/orders/{UNKNOWN}", []),
        ("GET", f"/orders/{UNKNOWN}/timeline", []),
        ("GET", f"/orders/{UNKNOWN}/stream", []),
        ("POST", f"/orders/{UNKNOWN}/cancel", ["driver"]),
        *(("POST", f"/orders/{UNKNOWN}/{command}", ["customer", "driver", "admin"]) for command, _ in COMMANDS),
    ],
)
async def test_every_route_requires_authentication_and_a_role(
    client: httpx2.AsyncClient, issuer: Issuer, method: str, path: str, wrong_roles: list[str]
) -> None:
    assert (await client.request(method, path)).status_code == 401
    assert (await client.request(method, path, headers={"Authorization": "Bearer x.y.z"})).status_code == 401
    for role in wrong_roles:
        assert (await client.request(method, path, headers=issuer.bearer(role))).status_code == 403


async def test_a_customer_cancels_an_order(
    bistro: Any, client: httpx2.AsyncClient, order_before: OrderBefore, handle: Handle, issuer: Issuer
) -> None:
    order = await order_before("accept")
    customer = issuer.bearer("customer", bistro.customer)
    path, body = f"/orders/{order.id}/cancel", {"reason": "changed my mind"}
    stale = await client.post(path, json=body, headers=customer | {"If-Match": '"1"'})
    foreign = await client.post(path, json=body, headers=issuer.bearer("customer"))
    empty = await client.post(path, json={"reason": ""}, headers=customer)
    cancelled = await client.post(path, json=body, headers=customer | {"If-Match": '"2"'})
    again = await client.post(path, json=body, headers=issuer.bearer("admin"))

    assert [kind(refused) for refused in (stale, foreign, empty, again)] == [
        (412, "order-changed"),
        (404, "order-not-found"),
        (422, "invalid-request"),
        (409, "illegal-transition"),
    ]
    assert again.json()["order_status"] == "cancelling"
    assert cancelled.status_code == 200
    shown = {name: cancelled.json()[name] for name in ("status", "keep", "cancelled_by", "needs_attention", "reason")}
    assert shown == {
        "status": "cancelling",
        "keep": 0,
        "cancelled_by": "customer",
        "needs_attention": False,
        "reason": "changed my mind",
    }
    await handle(bistro.event("payment.voided", order))
    timeline = (await client.get(f"/orders/{order.id}/timeline", headers=customer)).json()["entries"]
    assert [(entry["trigger"], entry["event"], entry["actor"]) for entry in timeline[2:]] == [
        ("cancel", "order.cancel_requested", "customer"),
        ("payment.voided", None, "system"),
        ("closed", "order.cancelled", "system"),
    ]
