"""A district with its own restaurant, customer and drivers, and the steps of its orders."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from secrets import token_urlsafe
from typing import Any, TypeVar
from uuid import uuid4

from foodctl.api import Api, Json, RefusedError

WAIT = 30
# A driver who has not reported for three minutes gets no offers.
REPORT = 60
# Polls become less frequent, so that they do not slow down what takes long.
_LOOKS = (0.02, 0.25)
T = TypeVar("T")


async def until(question: Callable[[], Awaitable[T]]) -> T:
    """Call `question` until its result is true, and return the result. Raises TimeoutError."""
    pause, longest = _LOOKS
    async with asyncio.timeout(WAIT):
        while not (answer := await question()):
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, longest)
    return answer


class District:
    """A restaurant with one dish, its owner, a customer and drivers."""

    owner: Api
    customer: Api
    drivers: list[Api]
    restaurant: Json
    dish: Json

    def __init__(
        self,
        anonymous: Api,
        *,
        auto_accept: bool = False,
        auto_drive: bool = False,
        drivers: int = 1,
        online: bool = True,
    ) -> None:
        """Choose a place far from every other district, because drivers get the nearest orders."""
        self.anonymous = anonymous
        self._auto_accept, self._auto_drive = auto_accept, auto_drive
        self._drivers, self._online = drivers, online
        self._reported = time.monotonic()
        chance = random.Random()  # noqa: S311 - a place on the map is no secret
        self.lat, self.lng = chance.uniform(-70, 40), chance.uniform(-170, 170)

    async def open(self) -> None:
        """Create the users and the restaurant, and wait until the dish can be ordered."""
        roles = ["restaurant", "customer", *["driver"] * self._drivers]
        self.owner, self.customer, *self.drivers = await asyncio.gather(*(self.newcomer(role) for role in roles))
        self.restaurant = await self.owner.call("POST", "/restaurants", self._profile())
        self.dish = await self.owner.call("POST", f"/restaurants/{self.restaurant['id']}/items", _soup())
        for driver in self.drivers:
            profile = {"name": "Dora", "vehicle": "car", "auto_accept": self._auto_drive}
            await driver.call("PUT", "/drivers/me", profile)
            await self.drive(driver, online=self._online)
        await self.apply()
        await until(self._is_sold)

    async def apply(self) -> None:
        """Wait for the approval of restaurant and drivers, which is automatic in development."""

    async def newcomer(self, role: str) -> Api:
        """Sign up a new user of this role."""
        return await self.anonymous.sign_up(f"{uuid4()}@example.com", token_urlsafe(24), role, role)

    async def drive(self, driver: Api, *, online: bool = True) -> None:
        """Place a driver at the restaurant, online or offline."""
        await driver.call("PUT", "/drivers/me/location", {"lat": self.lat, "lng": self.lng})
        await driver.call("PUT", "/drivers/me/availability", {"online": online})

    async def report(self) -> None:
        """Report the positions of all drivers; without regular reports they get no offers."""
        if time.monotonic() - self._reported > REPORT:
            self._reported = time.monotonic()
            here = {"lat": self.lat, "lng": self.lng}
            await asyncio.gather(*(driver.call("PUT", "/drivers/me/location", here) for driver in self.drivers))

    async def close(self) -> None:
        """Close the restaurant and bring the drivers offline."""
        await self.owner.call("PATCH", f"/restaurants/{self.restaurant['id']}", {"paused": True})
        for driver in self.drivers:
            await driver.call("PUT", "/drivers/me/availability", {"online": False})

    def basket(self) -> Json:
        """Return a basket of two dishes."""
        option = self.dish["option_groups"][0]["options"][0]["id"]
        return {
            "restaurant_id": self.restaurant["id"],
            "items": [{"menu_item_id": self.dish["id"], "quantity": 2, "option_ids": [option]}],
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
            "auto_accept": self._auto_accept,
            "radius_m": 1000,
            "tax_rate_ppm": 100_000,
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


def _soup() -> Json:
    sizes = {"name": "Size", "min": 1, "max": 1, "options": [{"name": "L", "price": 200}]}
    return {"name": "Soup", "price": 1000, "option_groups": [sizes]}


class Scene(District):
    """A district where orders are placed, cooked and delivered, one call per step."""

    async def order(self, *, key: str | None = None, **changes: Any) -> Json:
        """Place an order, with drivers available."""
        await self.report()
        body = {**self.basket(), "payment_method": "tok_ok", **changes}
        return await self.customer.call("POST", "/orders", body, key=key)

    async def seen(self, order: Json) -> Json:
        """Return the current order."""
        return await self.customer.call("GET", f"/orders/{order['id']}")

    async def reaches(self, order: Json, *statuses: str) -> Json:
        """Wait until an order has one of these statuses, and return the order."""

        async def there() -> Json | None:
            now = await self.seen(order)
            return now if now["status"] in statuses else None

        seen = await until(there)
        assert seen is not None
        return seen

    async def payment(self, order: Json) -> Json:
        """Return an order's payment."""
        payments = await self.customer.call("GET", "/payments", params={"order_id": order["id"]})
        return dict(payments["items"][0])

    async def pays(self, order: Json, *statuses: str) -> Json:
        """Wait until an order's payment has one of these statuses, and return the payment."""

        async def there() -> Json | None:
            payments = (await self.customer.call("GET", "/payments", params={"order_id": order["id"]}))["items"]
            return dict(payments[0]) if payments and payments[0]["status"] in statuses else None

        paid = await until(there)
        assert paid is not None
        return paid

    async def accept(self, order: Json) -> Json:
        """Accept an order as its restaurant, and wait until it is paid."""
        await self.owner.call("POST", f"/orders/{order['id']}/accept", {"prep_minutes": 5})
        return await self.reaches(order, "paid", "assigned", "cancelled")

    async def offered(self, order: Json) -> tuple[Api, Json]:
        """Wait until one of the drivers gets an offer of an order, and return the driver and the offer."""
        await self.report()

        async def offer_of_a_driver() -> tuple[Api, Json] | None:
            deliveries = (await self.customer.call("GET", "/deliveries", params={"order_id": order["id"]}))["items"]
            for driver in self.drivers if deliveries else ():
                for offer in (await driver.call("GET", "/drivers/me/offers"))["items"]:
                    if offer["delivery_id"] == deliveries[0]["id"]:
                        return driver, offer
            return None

        found = await until(offer_of_a_driver)
        assert found is not None
        return found

    async def take(self, order: Json) -> tuple[Api, str]:
        """Let a driver accept an order, and return the driver and the delivery's path."""
        driver, offer = await self.offered(order)
        await driver.call("POST", f"/offers/{offer['id']}/accept")
        await self.reaches(order, "assigned")
        return driver, f"/deliveries/{offer['delivery_id']}"

    async def pick_up(self, order: Json) -> tuple[Api, str]:
        """Let a driver pick up an order's food, and return the driver and the delivery's path."""
        driver, path = await self.take(order)
        await driver.call("POST", f"{path}/pickup")
        await self.reaches(order, "picked_up")
        return driver, path

    async def deliver(self, order: Json) -> Json:
        """Let a driver deliver an order."""
        driver, path = await self.pick_up(order)
        await driver.call("POST", f"{path}/deliver")
        return await self.reaches(order, "delivered")
