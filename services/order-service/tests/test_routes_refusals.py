from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from foodchassis import Event, new_id
from foodchassis.kernel import Envelope
from foodevents import OpeningHours
from order_service.schemas import OrderPublic

Handle = Callable[[Event], Awaitable[None]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]
Published = Callable[[], Awaitable[list[Envelope]]]
Open = Callable[..., Awaitable[None]]


def kind(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


@pytest.mark.parametrize(
    ("restaurant", "basket", "refusal"),
    [
        ({"paused": True}, {}, (409, "restaurant-paused")),
        ({"hours": OpeningHours(timezone="Europe/Vienna", weekly=[])}, {}, (409, "restaurant-closed")),
        ({"radius_m": 100}, {}, (422, "address-out-of-reach")),
        ({}, {"restaurant_id": str(new_id())}, (422, "unknown-restaurant")),
        ({}, {"items": [{"menu_item_id": str(new_id()), "quantity": 1}]}, (422, "unknown-item")),
        ({}, {"tip": 99_999_999}, (422, "basket-too-expensive")),
    ],
)
async def test_an_invalid_basket_is_refused_with_its_problem_type(
    bistro: Any,
    client: httpx2.AsyncClient,
    replicate_restaurant: Open,
    customer: Any,
    published: Published,
    restaurant: dict[str, Any],
    basket: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    await replicate_restaurant(**restaurant)
    quoted = await client.post("/quotes", json=bistro.json_basket(**basket), headers=customer())
    ordered = await client.post("/orders", json=bistro.json_order(**basket), headers=customer())

    assert kind(quoted) == kind(ordered) == refusal
    assert await published() == []


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ([], (422, "option-count")),
        (["small", "small"], (422, "repeated-option")),
        (["small", "pizza"], (422, "unknown-option")),
        (["small", "truffle"], (409, "option-unavailable")),
    ],
)
async def test_violated_option_rules_are_refused_with_their_problem_type(
    bistro: Any,
    client: httpx2.AsyncClient,
    replicate_restaurant: Open,
    customer: Any,
    options: list[str],
    refusal: tuple[int, str],
) -> None:
    await replicate_restaurant()
    ids = [str(bistro.pizza.item_id if name == "pizza" else getattr(bistro, name).id) for name in options]
    wanted = {"menu_item_id": str(bistro.pizza.item_id), "quantity": 1, "option_ids": ids}

    assert kind(await client.post("/quotes", json=bistro.json_basket(items=[wanted]), headers=customer())) == refusal


async def test_a_dish_sold_out_or_of_another_restaurant_is_refused(
    bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Open, customer: Any, handle: Handle
) -> None:
    await replicate_restaurant()
    changes: tuple[dict[str, Any], ...] = {"available": False}, {"available": True, "restaurant_id": new_id()}
    refusals = []
    for version, change in enumerate(changes, 2):
        await handle(bistro.soup.model_copy(update={"version": version, **change}))
        refusals.append(kind(await client.post("/quotes", json=bistro.json_basket(), headers=customer())))

    assert refusals == [(409, "item-unavailable"), (422, "foreign-item")]


async def test_a_refusal_of_a_changed_price_has_the_new_basket(
    bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Open, customer: Any
) -> None:
    await replicate_restaurant()
    refused = await client.post("/orders", json=bistro.json_order(expected_total=1), headers=customer())
    quoted = await client.post("/quotes", json=bistro.json_basket(), headers=customer())

    assert kind(refused) == (409, "price-changed")
    assert refused.json()["basket"] == quoted.json()


@pytest.mark.parametrize(
    "changes",
    [
        {"surprise": 1},
        {"tip": -1},
        {"tip": True},
        {"tip": "200"},
        {"tip": 1.0},
        {"tip": 10**12 + 1},
        {"items": []},
        {"items": [{"menu_item_id": str(new_id()), "quantity": 1}] * 101},
        {"items": [{"menu_item_id": str(new_id()), "quantity": 0}]},
        {"items": [{"menu_item_id": str(new_id()), "quantity": 51}]},
        {"items": [{"menu_item_id": "pizza", "quantity": 1}]},
        {"restaurant_id": None},
        {"delivery_address": {"line1": "a\x00", "city": "b", "postal_code": "c", "lat": 1, "lng": 1}},
        {"delivery_address": {"line1": "a", "city": "b", "postal_code": "c", "lat": 91, "lng": 1}},
        {"payment_method": ""},
        {"payment_method": "tok ok"},
    ],
)
async def test_a_malformed_order_is_refused(
    bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Open, customer: Any, changes: dict[str, Any]
) -> None:
    await replicate_restaurant()
    answer = await client.post("/orders", json=bistro.json_order() | changes, headers=customer())

    assert kind(answer) == (422, "invalid-request")
    assert answer.json()["errors"]
