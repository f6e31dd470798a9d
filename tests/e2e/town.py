"""Users who execute given steps in any order, repeatably."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from e2e.money import check_money
from e2e.scene import Scene, until

from foodctl.api import Api, Json, RefusedError, gateway
from foodlab.city import ADMIN, PASSWORD

ENDED = frozenset({"delivered", "rejected", "payment_failed", "cancelled", "undeliverable"})
# Forbidden, not found, conflict, busy.
LEGAL = frozenset({403, 404, 409, 422})
# The only expected 5xx: the provider did not respond, and the operation continues.
SILENT_PROVIDER = "/problems/provider-unavailable"
T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """A request and its response; None when it was refused."""

    caller: Api
    path: str
    body: Json | None
    key: str
    answer: Json | None


class Town:
    """The users and their requests."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        """Create the users and bring them online."""
        self._runner = runner
        self._gateway = gateway(url)
        anonymous = self.do(self._gateway.__aenter__())
        self.scene = Scene(anonymous, auto_accept=False, auto_drive=False, drivers=2)
        self.do(self.scene.set())
        self.admin = self.do(anonymous.log_in(ADMIN["email"], PASSWORD))

    def close(self) -> None:
        """Close the connections."""
        self.do(self.scene.close())
        self.do(self._gateway.__aexit__(None, None, None))

    def do(self, coming: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self._runner.run(coming)

    def post(self, caller: Api, path: str, body: Json | None = None, key: str | None = None) -> Request:
        """Send a request, which may be refused but must not be a server error."""
        key = key or str(uuid4())
        try:
            answer = self.do(caller.call("POST", path, body, key=key))
        except RefusedError as error:
            if error.status not in LEGAL and error.problem.get("type") != SILENT_PROVIDER:
                raise
            answer = None
        return Request(caller, path, body, key, answer)

    def items(self, caller: Api, path: str, **params: Any) -> list[Json]:
        """Return the items of a list for a caller."""
        return list(self.do(caller.call("GET", path, params=params))["items"])

    def rest(self, order: Json) -> Json:
        """Wait until an order waits for a user or has ended, and return it."""

        async def rests() -> Json | None:
            seen = await self.scene.seen(order)
            moving = seen["status"] in {"pending", "cancelling"}
            captured = seen["status"] == "placed" and seen["kitchen"] != "waiting"
            return None if moving or captured else seen

        resting = self.do(until(rests))
        assert resting is not None
        return resting

    def go_on(self, order: Json) -> list[Request]:
        """Do the next action that an order waits for, towards its delivery."""
        seen = self.rest(order)
        if seen["status"] == "placed":
            return [self.post(self.scene.owner, f"/orders/{order['id']}/accept", {"prep_minutes": 5})]
        if seen["status"] == "paid":
            made = [one for driver in self.scene.drivers for one in self.answer(driver, "accept")]
            if seen["kitchen"] == "accepted":
                made.append(self.post(self.scene.owner, f"/orders/{order['id']}/ready"))
            return made
        if seen["status"] in {"assigned", "picked_up"}:
            word = "pickup" if seen["status"] == "assigned" else "deliver"
            path = f"/deliveries/{seen['delivery_id']}/{word}"
            return [self.post(driver, path) for driver in self.scene.drivers]
        return []

    def answer(self, driver: Api, word: str) -> list[Request]:
        """Accept or decline every offer of a driver."""
        self.do(self.scene.report())
        return [self.post(driver, f"/offers/{one['id']}/{word}") for one in self.items(driver, "/drivers/me/offers")]

    def end(self, orders: list[Json]) -> None:
        """Complete every order, and check that its money adds up before and after."""
        for order in orders:
            seen = self.rest(order)
            self.do(check_money(self.scene, seen))
            if seen["status"] in {"placed", "paid", "assigned"}:
                self.post(self.admin, f"/orders/{order['id']}/cancel", {"reason": "Closing time"})
            elif seen["status"] == "picked_up":
                for driver in self.scene.drivers:
                    self.post(driver, f"/deliveries/{seen['delivery_id']}/deliver")
        for order in orders:
            self.do(check_money(self.scene, self.do(self.scene.reaches(order, *ENDED))))
