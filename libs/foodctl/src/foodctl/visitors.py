"""Temporary users who complete one order in any running system, and are erased afterwards."""

import asyncio
from contextlib import AsyncExitStack
from secrets import token_urlsafe
from uuid import uuid4

from typing_extensions import override

from foodctl.api import Api, gateway
from foodctl.errors import FoodctlError
from foodctl.scene import Scene
from foodctl.settings import Settings

_LOOK = 0.5


class Visitors(Scene):
    """A temporary restaurant, driver and customer for one order, at a place of their own."""

    _admin: Api | None = None
    _has_come = False

    @override
    async def open(self) -> None:
        self._came = list[Api]()
        settings = Settings()
        if settings.admin_email is not None and settings.admin_password is not None:
            # First, so that a wrong password leaves no users.
            self._admin = await self.anonymous.log_in(settings.admin_email, settings.admin_password.get_secret_value())
        await super().open()

    @override
    async def newcomer(self, role: str) -> Api:
        one = await self.anonymous.sign_up(f"smoke-{uuid4()}@example.com", token_urlsafe(24), f"Smoke {role}", role)
        self._came.append(one)
        return one

    @override
    async def apply(self) -> None:
        self._has_come = True
        standings = {f"/restaurants/{self.restaurant['id']}": self.restaurant["standing"]}
        for driver in self.drivers:
            standings[f"/drivers/{driver.user_id}"] = (await driver.call("GET", "/drivers/me"))["standing"]
        for path in (path for path, standing in standings.items() if standing != "approved"):
            if self._admin is None:
                raise FoodctlError(
                    "restaurants and drivers have to be approved here: "
                    "set FOODAPP_ADMIN_EMAIL and FOODAPP_ADMIN_PASSWORD"
                )
            await self._admin.call("POST", f"{path}/approve")

    async def leave(self) -> None:
        """Close the restaurant if it was opened, and erase the users; each step runs even if an earlier one fails."""
        async with AsyncExitStack() as last:
            for one in self._came:
                last.push_async_callback(one.call, "DELETE", "/users/me")
            if self._has_come:
                last.push_async_callback(self.close)


async def deliver(url: str, wait: float) -> str:
    """Wait until the gateway is ready, have one order delivered and paid, and return its id."""
    async with gateway(url) as anonymous:
        await _ready(anonymous, wait)
        visitors = Visitors(anonymous, auto_accept=True, auto_drive=True)
        try:
            await visitors.open()
            quote = await visitors.customer.call("POST", "/quotes", visitors.basket())
            order = await visitors.reaches(await visitors.order(expected_total=quote["total"]), "delivered")
            payment = await visitors.pays(order, "captured")
        finally:
            await visitors.leave()
    if (payment["amount"], payment["refunded"]) != (quote["total"], 0):
        raise FoodctlError(f"the price was {quote['total']}, but the payment is {payment}")
    return str(order["id"])


async def _ready(anonymous: Api, wait: float) -> None:
    """Wait for the gateway, which may be starting."""
    missing = FoodctlError("the gateway was not called")
    try:
        async with asyncio.timeout(wait):
            while True:
                try:
                    await anonymous.call("GET", "/health/ready")
                except FoodctlError as error:
                    missing = error
                    await asyncio.sleep(_LOOK)
                else:
                    return
    except TimeoutError:
        raise missing from None
