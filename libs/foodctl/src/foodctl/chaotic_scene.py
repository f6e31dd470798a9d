"""What the people of a quarter do with orders, each step waited for."""

from typing import Any

from foodctl.api import Api, Json
from foodctl.chaotic_quarter import Quarter, until


class Scene(Quarter):
    """A quarter where orders are placed, cooked, driven and paid for, one call a step."""

    async def order(self, *, key: str | None = None, **changes: Any) -> Json:
        """Order the dish, while drivers are there to be asked."""
        await self.report()
        body = {**self.basket(), "payment_method": "tok_ok", **changes}
        return await self.customer.call("POST", "/orders", body, key=key)

    async def seen(self, order: Json) -> Json:
        """Give an order as it is now."""
        return await self.customer.call("GET", f"/orders/{order['id']}")

    async def reaches(self, order: Json, *statuses: str) -> Json:
        """Wait until an order has one of these statuses, and give the order."""

        async def there() -> Json | None:
            now = await self.seen(order)
            return now if now["status"] in statuses else None

        seen = await until(there)
        assert seen is not None
        return seen

    async def payment(self, order: Json) -> Json:
        """Give an order's payment."""
        payments = await self.customer.call("GET", "/payments", params={"order_id": order["id"]})
        return dict(payments["items"][0])

    async def pays(self, order: Json, *statuses: str) -> Json:
        """Wait until an order's payment has one of these statuses, and give the payment."""

        async def there() -> Json | None:
            payments = (await self.customer.call("GET", "/payments", params={"order_id": order["id"]}))["items"]
            return dict(payments[0]) if payments and payments[0]["status"] in statuses else None

        paid = await until(there)
        assert paid is not None
        return paid

    async def accept(self, order: Json) -> Json:
        """Take an order on, as its restaurant, and wait until it is paid for."""
        await self.owner.call("POST", f"/orders/{order['id']}/accept", {"prep_minutes": 5})
        return await self.reaches(order, "paid", "assigned", "cancelled")

    async def offered(self, order: Json) -> tuple[Api, Json]:
        """Wait until one of the drivers is asked about an order, and give the driver and the offer."""
        await self.report()

        async def asked() -> tuple[Api, Json] | None:
            deliveries = (await self.customer.call("GET", "/deliveries", params={"order_id": order["id"]}))["items"]
            for driver in self.drivers if deliveries else ():
                for offer in (await driver.call("GET", "/drivers/me/offers"))["items"]:
                    if offer["delivery_id"] == deliveries[0]["id"]:
                        return driver, offer
            return None

        found = await until(asked)
        assert found is not None
        return found

    async def take(self, order: Json) -> tuple[Api, str]:
        """Have a driver take an order, and give the driver and the delivery's path."""
        driver, offer = await self.offered(order)
        await driver.call("POST", f"/offers/{offer['id']}/accept")
        await self.reaches(order, "assigned")
        return driver, f"/deliveries/{offer['delivery_id']}"

    async def pick_up(self, order: Json) -> tuple[Api, str]:
        """Have a driver fetch an order's food, and give the driver and the delivery's path."""
        driver, path = await self.take(order)
        await driver.call("POST", f"{path}/pickup")
        await self.reaches(order, "picked_up")
        return driver, path

    async def deliver(self, order: Json) -> Json:
        """Have a driver bring an order to the door."""
        driver, path = await self.pick_up(order)
        await driver.call("POST", f"{path}/deliver")
        return await self.reaches(order, "delivered")
