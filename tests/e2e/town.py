"""A town whose people do whatever they are told, in any order, and remember each request to make it again."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

from e2e.money import check_money
from e2e.scene import Scene, until

from foodctl.api import Api, Json, RefusedError, gateway
from foodctl.city import ADMIN, PASSWORD

ENDED = frozenset({"delivered", "rejected", "payment_failed", "cancelled", "undeliverable"})
# Not allowed, not there, too late, not now.
LEGAL = frozenset({403, 404, 409, 422})
# The one 5xx that is an answer: the provider was silent, and what was asked of it goes on.
SILENT_PROVIDER = "/problems/provider-unavailable"
T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """A request as it was made, and what came of it; None when it was refused."""

    caller: Api
    path: str
    body: Json | None
    key: str
    answer: Json | None


@dataclass
class Town:
    """People, their orders, and what they have asked for so far."""

    url: str
    runner: asyncio.Runner
    requests: list[Request] = field(default_factory=list)
    orders: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Bring everybody to their places."""
        self._gateway = gateway(self.url)
        anybody = self.do(self._gateway.__aenter__())
        self.scene = Scene(anybody, auto_accept=False, auto_drive=False, drivers=2)
        self.do(self.scene.set())
        self.admin = self.do(anybody.log_in(ADMIN["email"], PASSWORD))

    def close(self) -> None:
        """Send everybody home."""
        self.do(self.scene.close())
        self.do(self._gateway.__aexit__(None, None, None))

    def do(self, coming: Coroutine[Any, Any, T]) -> T:
        """Wait for something."""
        return self.runner.run(coming)

    def post(self, caller: Api, path: str, body: Json | None = None, key: str | None = None) -> Json | None:
        """Make a request, which may be refused but never fail, and give its answer."""
        key = key or str(uuid4())
        try:
            answer = self.do(caller.call("POST", path, body, key=key))
        except RefusedError as error:
            if error.status not in LEGAL and error.problem.get("type") != SILENT_PROVIDER:
                raise
            answer = None
        self.requests.append(Request(caller, path, body, key, answer))
        return answer

    def order(self, method: str) -> None:
        """Place an order."""
        answer = self.post(self.scene.customer, "/orders", {**self.scene.basket(), "payment_method": method})
        assert answer is not None
        self.orders.append(answer)

    def seen(self, order: Json) -> Json:
        """Give an order as it is now."""
        return self.do(self.scene.seen(order))

    def rest(self, order: Json) -> Json:
        """Wait until an order waits for a person or has ended, and give the order."""

        async def rests() -> Json | None:
            seen = await self.scene.seen(order)
            moving = seen["status"] in {"pending", "cancelling"}
            captured = seen["status"] == "placed" and seen["kitchen"] != "waiting"
            return None if moving or captured else seen

        resting = self.do(until(rests))
        assert resting is not None
        return resting

    def go_on(self, order: Json) -> None:
        """Do what an order waits for, as people do who want it to reach the door."""
        seen = self.rest(order)
        if seen["status"] == "placed":
            self.post(self.scene.owner, f"/orders/{order['id']}/accept", {"prep_minutes": 5})
        elif seen["status"] == "paid" and seen["kitchen"] == "accepted":
            self.post(self.scene.owner, f"/orders/{order['id']}/ready")
        for driver in self.scene.drivers if seen["status"] == "paid" else ():
            for offer in self.do(driver.call("GET", "/drivers/me/offers"))["items"]:
                self.post(driver, f"/offers/{offer['id']}/accept")
        for driver in self.scene.drivers if seen["status"] in {"assigned", "picked_up"} else ():
            word = "pickup" if seen["status"] == "assigned" else "deliver"
            self.post(driver, f"/deliveries/{seen['delivery_id']}/{word}")

    def end(self) -> None:
        """Bring every order to an end, and check that the money of each adds up before and after."""
        for order in self.orders:
            seen = self.rest(order)
            self.do(check_money(self.scene, seen))
            if seen["status"] in {"placed", "paid", "assigned"}:
                self.post(self.admin, f"/orders/{order['id']}/cancel", {"reason": "Closing time"})
            elif seen["status"] == "picked_up":
                for driver in self.scene.drivers:
                    self.post(driver, f"/deliveries/{seen['delivery_id']}/deliver")
        for order in self.orders:
            self.do(check_money(self.scene, self.do(self.scene.reaches(order, *ENDED))))
        self.requests.clear()
        self.orders.clear()
