from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from foodchassis.testing import Issuer

Body = dict[str, Any]
Make = Callable[..., Body]
MakeThere = Callable[..., Awaitable[Body]]


@pytest.fixture
def service_package() -> str:
    return "menu_service"


@pytest.fixture
def owner_id() -> UUID:
    return uuid4()


@pytest.fixture
def owner(issuer: Issuer, owner_id: UUID) -> dict[str, str]:
    return issuer.bearer("restaurant", owner_id)


@pytest.fixture
def stranger(issuer: Issuer) -> dict[str, str]:
    return issuer.bearer("restaurant")


@pytest.fixture
def restaurant_body() -> Make:
    def make(**changes: Any) -> Body:
        body = {
            "name": "Trattoria Uno",
            "place": {"line1": "Torstr. 1", "city": "Berlin", "postal_code": "10119", "lat": 52.52, "lng": 13.405},
            "hours": {
                "timezone": "Europe/Berlin",
                "weekly": [{"weekday": day, "opens": "00:00", "closes": "00:00"} for day in range(7)],
                "special_days": [{"date": "2020-12-25", "shifts": []}],
            },
            "currency": "EUR",
            "radius_m": 3000,
            "tax_rate_bp": 700,
            "delivery_fee": 290,
            "service_fee_bp": 500,
            "prep_minutes": 15,
        }
        return {**body, **changes}

    return make


@pytest.fixture
def item_body() -> Make:
    def make(**changes: Any) -> Body:
        body = {
            "name": "Margherita",
            "description": "tomato, mozzarella, basil",
            "price": 900,
            "option_groups": [
                {
                    "name": "Size",
                    "min": 1,
                    "max": 1,
                    "options": [{"name": "Normal", "price": 0}, {"name": "Large", "price": 300}],
                },
                {"name": "Extras", "min": 0, "max": 1, "options": [{"name": "Olives", "price": 80}]},
            ],
        }
        return {**body, **changes}

    return make


@pytest.fixture
def a_restaurant(client: AsyncClient, owner: dict[str, str], restaurant_body: Make) -> MakeThere:
    async def make(**changes: Any) -> Body:
        answer = await client.post("/restaurants", json=restaurant_body(**changes), headers=owner)
        assert answer.status_code == 201, answer.text
        created: Body = answer.json()
        return created

    return make


@pytest.fixture
def an_item(client: AsyncClient, owner: dict[str, str], item_body: Make) -> MakeThere:
    async def make(restaurant: Body, **changes: Any) -> Body:
        path = f"/restaurants/{restaurant['id']}/items"
        answer = await client.post(path, json=item_body(**changes), headers=owner)
        assert answer.status_code == 201, answer.text
        created: Body = answer.json()
        return created

    return make
