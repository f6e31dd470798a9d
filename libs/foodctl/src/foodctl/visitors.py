"""People who come for one order to a system that runs anywhere, and leave nothing behind."""

import asyncio
from secrets import token_urlsafe
from uuid import uuid4

from typing_extensions import override

from foodctl.api import Api, gateway
from foodctl.errors import FoodctlError
from foodctl.scene import Scene
from foodctl.settings import Settings

_LOOK = 0.5


class Visitors(Scene):
    """A kitchen, a driver and a customer who came for one order, in a place of their own."""

    @override
    async def newcomer(self, role: str) -> Api:
        return await self.anybody.sign_up(f"smoke-{uuid4()}@example.com", token_urlsafe(24), f"Smoke {role}", role)

    @override
    async def apply(self) -> None:
        if self.restaurant["standing"] == "approved":
            return
        settings = Settings()
        if settings.admin_email is None or settings.admin_password is None:
            raise FoodctlError(
                "restaurants and drivers have to be approved here: set FOODAPP_ADMIN_EMAIL and FOODAPP_ADMIN_PASSWORD"
            )
        admin = await self.anybody.log_in(settings.admin_email, settings.admin_password.get_secret_value())
        await admin.call("POST", f"/restaurants/{self.restaurant['id']}/approve")
        for driver in self.drivers:
            await admin.call("POST", f"/drivers/{driver.user_id}/approve")

    async def leave(self) -> None:
        """Close the kitchen and be forgotten."""
        await self.close()
        for one in (self.customer, self.owner, *self.drivers):
            await one.call("DELETE", "/users/me")


async def deliver(url: str, wait: float) -> str:
    """Wait until the gateway is ready, have one order delivered and paid, and give its id."""
    async with gateway(url) as anybody:
        await _ready(anybody, wait)
        visitors = Visitors(anybody, auto_accept=True, auto_drive=True)
        await visitors.open()
        try:
            asked = await visitors.customer.call("POST", "/quotes", visitors.basket())
            order = await visitors.reaches(await visitors.order(expected_total=asked["total"]), "delivered")
            payment = await visitors.pays(order, "captured")
        finally:
            await visitors.leave()
    if (payment["amount"], payment["refunded"]) != (asked["total"], 0):
        raise FoodctlError(f"{asked['total']} was the price, but the payment says {payment}")
    return str(order["id"])


async def _ready(anybody: Api, wait: float) -> None:
    """Wait for the gateway, which may be starting, or behind a tunnel that is."""
    missing = FoodctlError("the gateway was not asked")
    try:
        async with asyncio.timeout(wait):
            while True:
                try:
                    await anybody.call("GET", "/health/ready")
                except FoodctlError as error:
                    missing = error
                    await asyncio.sleep(_LOOK)
                else:
                    return
    except TimeoutError:
        raise missing from None
