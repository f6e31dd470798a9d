"""A quarter of its own for a test: a restaurant with one dish, a driver and a customer."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from foodctl.api import Api, Json, RefusedError
from foodctl.testing import eventually

PASSWORD = "a-long-password"
PATIENCE = 30


async def until(question: Callable[[], Awaitable[Any]]) -> Any:
    """Ask until the answer is true, and give it."""
    return await eventually(question, PATIENCE)


class Scene:
    """People who only meet each other."""

    owner: Api
    driver: Api
    customer: Api
    restaurant: Json
    dish: Json

    def __init__(self, anybody: Api, *, auto_accept: bool = True, auto_drive: bool = True) -> None:
        self.anybody = anybody
        self.auto_accept = auto_accept
        self.auto_drive = auto_drive
        # Far from every other scene: drivers take the nearest orders.
        self.lat = random.uniform(-70, 40)
        self.lng = random.uniform(-170, 170)

    async def set(self) -> "Scene":
        """Bring everybody to their places."""
        self.owner, self.driver, self.customer = await asyncio.gather(
            *(
                self.anybody.sign_up(f"{uuid4()}@example.com", PASSWORD, role, role)
                for role in ("restaurant", "driver", "customer")
            )
        )
        self.restaurant = await self.owner.call("POST", "/restaurants", self._profile())
        groups = [{"name": "Size", "min": 1, "max": 1, "options": [{"name": "L", "price": 200}]}]
        self.dish = await self.owner.call(
            "POST",
            f"/restaurants/{self.restaurant['id']}/items",
            {"name": "Soup", "price": 1000, "option_groups": groups},
        )
        await self.driver.call("PUT", "/drivers/me", {"name": "Dora", "vehicle": "car", "auto_accept": self.auto_drive})
        await self.driver.call("PUT", "/drivers/me/location", {"lat": self.lat, "lng": self.lng})
        await self.driver.call("PUT", "/drivers/me/availability", {"online": True})
        await until(self._is_sold)
        return self

    async def order(self, **changes: Any) -> Json:
        """Order the dish."""
        return await self.customer.call("POST", "/orders", {**self.basket(), "payment_method": "tok_ok", **changes})

    async def reaches(self, order: Json, status: str) -> Json:
        """Wait until an order has a status, and give the order."""

        async def there() -> Json | None:
            seen = await self.customer.call("GET", f"/orders/{order['id']}")
            return seen if seen["status"] == status else None

        seen: Json = await until(there)
        return seen

    async def payment(self, order: Json) -> Json:
        """Give an order's payment."""
        [payment] = (await self.customer.call("GET", "/payments", params={"order_id": order["id"]}))["items"]
        return dict(payment)

    def basket(self) -> Json:
        """Describe one dish at the customer's door."""
        return {
            "restaurant_id": self.restaurant["id"],
            "items": [
                {
                    "menu_item_id": self.dish["id"],
                    "quantity": 2,
                    "option_ids": [self.dish["option_groups"][0]["options"][0]["id"]],
                }
            ],
            "delivery_address": self._place("The door 1"),
            "tip": 100,
        }

    def _place(self, line: str) -> Json:
        return {"line1": line, "city": "Nowhere", "postal_code": "1000", "lat": self.lat, "lng": self.lng}

    def _profile(self) -> Json:
        always = [{"weekday": day, "opens": "00:00", "closes": "00:00"} for day in range(7)]
        return {
            "name": f"Kitchen {uuid4()}",
            "place": self._place("The kitchen 1"),
            "hours": {"timezone": "UTC", "weekly": always},
            "currency": "EUR",
            "auto_accept": self.auto_accept,
            "radius_m": 1000,
            "tax_rate_bp": 1000,
            "delivery_fee": 300,
            "service_fee_bp": 500,
        }

    async def _is_sold(self) -> bool:
        try:
            await self.customer.call("POST", "/quotes", self.basket())
        except RefusedError as error:
            if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}:
                raise
            return False
        return True
