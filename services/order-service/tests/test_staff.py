from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import event, literal_column, text
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, new_id
from foodchassis.testing import Issuer
from foodevents import StaffMember, StaffRole
from order_service.schemas import OrderPublic
from order_service.service.staff import where_works

Handle = Callable[[Event], Awaitable[None]]
Open = Callable[..., Awaitable[None]]
COOK, MANAGER = new_id(), new_id()
STAFF = (StaffMember(user_id=COOK, role=StaffRole.KITCHEN), StaffMember(user_id=MANAGER, role=StaffRole.MANAGER))


@pytest.fixture
async def order(bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Open, customer: Any) -> OrderPublic:
    await replicate_restaurant(staff=STAFF)
    placed = await client.post("/orders", json=bistro.json_order(), headers=customer())
    assert placed.status_code == 201, placed.text
    return OrderPublic.model_validate_json(placed.text)


async def test_only_staff_reads_orders_of_the_restaurant(
    bistro: Any, client: httpx2.AsyncClient, issuer: Issuer, order: OrderPublic
) -> None:
    paths = (f"/orders/{order.id}", f"/orders/{order.id}/timeline", f"/orders?restaurant_id={order.restaurant_id}")
    for who, expected in ((bistro.owner, 200), (COOK, 200), (MANAGER, 200), (new_id(), 404)):
        headers = issuer.bearer("restaurant", who)
        assert [(await client.get(path, headers=headers)).status_code for path in paths] == [expected] * len(paths)
        listed = (await client.get("/orders", headers=headers)).json()["items"]
        assert [one["id"] for one in listed] == ([str(order.id)] if expected == 200 else [])
    shown = await client.get(paths[0], headers=issuer.bearer("restaurant", COOK))
    assert shown.json()["delivery_address"] is not None
    # Staff also need the restaurant role in the token.
    assert (await client.get(paths[0], headers=issuer.bearer("customer", COOK))).status_code == 404


async def test_kitchen_staff_handles_orders_and_managers_also_cancel(
    client: httpx2.AsyncClient, handle: Handle, bistro: Any, issuer: Issuer, order: OrderPublic
) -> None:
    path, cook, manager = f"/orders/{order.id}", *(issuer.bearer("restaurant", one) for one in (COOK, MANAGER))
    await handle(bistro.event("payment.authorized", order))

    stranger = await client.post(f"{path}/accept", json={"prep_minutes": 5}, headers=issuer.bearer("restaurant"))
    accepted = await client.post(f"{path}/accept", json={"prep_minutes": 5}, headers=cook)
    refused = await client.post(f"{path}/cancel", json={"reason": "no"}, headers=cook)
    cancelled = await client.post(f"{path}/cancel", json={"reason": "no flour"}, headers=manager)

    assert (stranger.status_code, accepted.status_code, refused.status_code) == (404, 200, 403)
    assert (cancelled.status_code, cancelled.json()["status"], cancelled.json()["responsible"]) == (
        200,
        "cancelling",
        "restaurant",
    )


async def test_former_staff_cannot_read_orders(
    bistro: Any, client: httpx2.AsyncClient, handle: Handle, issuer: Issuer, order: OrderPublic
) -> None:
    await handle(bistro.restaurant.model_copy(update={"version": 9, "staff": STAFF[1:]}))

    for path in (f"/orders/{order.id}", f"/orders?restaurant_id={order.restaurant_id}"):
        assert (await client.get(path, headers=issuer.bearer("restaurant", COOK))).status_code == 404


async def test_a_machine_token_is_limited_to_its_restaurant_scopes_and_user(
    bistro: Any, client: httpx2.AsyncClient, handle: Handle, issuer: Issuer, order: OrderPublic
) -> None:
    path, body = f"/orders/{order.id}", {"prep_minutes": 5}
    await handle(bistro.event("payment.authorized", order))

    def machine(user: Any, bound_to: Any, scopes: str) -> dict[str, str]:
        claims: dict[str, Any] = {"acts_for": str(user), "bound_to": str(bound_to), "scope": scopes}
        return issuer.bearer("restaurant", **claims)

    reader, elsewhere = machine(bistro.owner, order.restaurant_id, "orders:read"), new_id()
    assert (await client.get(path, headers=reader)).status_code == 200
    assert [one["id"] for one in (await client.get("/orders", headers=reader)).json()["items"]] == [str(order.id)]
    assert (await client.post(f"{path}/accept", json=body, headers=reader)).status_code == 403
    for stranger in (
        machine(bistro.owner, elsewhere, "orders:read orders:write"),
        machine(new_id(), order.restaurant_id, "orders:read orders:write"),
    ):
        assert (await client.get(path, headers=stranger)).status_code == 404
        assert (await client.get(f"/orders?restaurant_id={order.restaurant_id}", headers=stranger)).status_code == 404
        assert (await client.get("/orders", headers=stranger)).json()["items"] == []
        assert (await client.post(f"{path}/accept", json=body, headers=stranger)).status_code == 404
    writer = machine(COOK, order.restaurant_id, "orders:write")
    assert (await client.post(f"{path}/cancel", json={"reason": "no"}, headers=writer)).status_code == 403
    assert (await client.post(f"{path}/accept", json=body, headers=writer)).status_code == 200


@pytest.mark.parametrize("role", ["customer", "driver"])
async def test_a_machine_token_reads_no_order_as_customer_or_driver(
    bistro: Any,
    client: httpx2.AsyncClient,
    order_before: Callable[[str], Awaitable[OrderPublic]],
    issuer: Issuer,
    role: str,
) -> None:
    order = await order_before("delivery.picked_up")
    claims: dict[str, Any] = {"acts_for": str(getattr(bistro, role)), "scope": "orders:read"}

    assert (await client.get(f"/orders/{order.id}", headers=issuer.bearer(role, getattr(bistro, role)))).is_success
    assert (await client.get(f"/orders/{order.id}", headers=issuer.bearer(role, **claims))).status_code == 404


async def test_restaurants_of_a_staff_member_are_found_by_an_index(session: AsyncSession) -> None:
    connection = await session.connection()
    await connection.execute(text("SET LOCAL enable_seqscan = off"))

    @event.listens_for(connection.sync_connection, "before_cursor_execute", retval=True)
    def explain(_: Any, __: Any, statement: str, values: Any, *___: Any) -> tuple[str, Any]:
        return f"EXPLAIN {statement}", values

    plan: Any = (await connection.execute(where_works(COOK).with_only_columns(literal_column("''")))).scalars().all()

    assert "restaurants_staff" in "".join(plan)
