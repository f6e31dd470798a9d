"""A steady load of real orders by well-behaved clients, which repeat with the same key and respect Retry-After."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any
from uuid import uuid4

import httpx2

from foodctl.api import Api
from foodctl.errors import FoodctlError
from foodctl.scene import REPORT, District

_DISTRICTS = 4
_DRIVERS = 4
# So many that none reaches the bound on concurrent calls while a service pauses.
_CUSTOMERS = 32
_TIMEOUT = 120.0
_PAUSE = 0.5
_READ_EVERY = 0.5
# Most orders are delivered; some are cancelled, and some cards are declined.
_CANCELLED, _DECLINED, _UNPAID = 7, 11, 13
_EVERY = 20


@dataclass
class Attempt:
    """One order from its customer's view: acknowledged with an id, refused, or neither in time."""

    marker: str
    key: str
    id: str | None = None
    refusal: str | None = None
    tries: int = 0


@dataclass
class Load:
    """Places orders at a constant rate, reads each `reads` times, and counts responses by second and kind."""

    url: str
    clock: Callable[[], float]
    reads: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    _districts: list[District] = field(default_factory=list)
    _customers: list[Api] = field(default_factory=list)

    async def prepare(self, anonymous: Api) -> None:
        """Open the districts where the orders are placed, and sign up the customers."""
        self._districts = [
            District(anonymous, auto_accept=True, auto_drive=True, drivers=_DRIVERS) for _ in range(_DISTRICTS)
        ]
        for district in self._districts:
            await district.open()
            some = (district.newcomer("customer") for _ in range(_CUSTOMERS // _DISTRICTS))
            self._customers += await asyncio.gather(*some)

    async def run(self, orders: int, rate: float, going_on: Callable[[], bool] = lambda: False) -> None:
        """Place `orders` orders at `rate` per second, and more while `going_on`; return after the last response."""
        began = time.monotonic()
        async with self.clients() as http, asyncio.TaskGroup() as tasks:
            for number in count():
                if number >= orders and not going_on():
                    break
                tasks.create_task(self.place(http, number))
                await asyncio.sleep(max(0.0, began + (number + 1) / rate - time.monotonic()))

    def clients(self) -> httpx2.AsyncClient:
        """Return the connections of all clients."""
        return httpx2.AsyncClient(base_url=self.url, timeout=15, limits=httpx2.Limits(max_connections=500))

    async def keep_drivers(self) -> None:
        """Report the positions of all drivers regularly; without reports they get no offers."""
        while True:
            for district in self._districts:
                with suppress(FoodctlError):
                    await asyncio.gather(*(district.drive(driver) for driver in district.drivers))
            await asyncio.sleep(REPORT / 4)

    async def place(self, http: httpx2.AsyncClient, number: int) -> None:
        """Place one order, and record the response."""
        district, customer = self._districts[number % _DISTRICTS], self._customers[number % len(self._customers)]
        attempt = Attempt(f"Door {number}", str(uuid4()))
        self.attempts.append(attempt)
        method = {_DECLINED: "tok_declined", _UNPAID: "tok_capture_fails"}.get(number % _EVERY, "tok_ok")
        body = {**district.basket(), "payment_method": method}
        body["delivery_address"]["line1"] = attempt.marker
        answer = await self._until_answered(http, customer, "POST", "/orders", body=body, attempt=attempt)
        if answer is None:
            return
        if answer.status_code == HTTPStatus.CREATED:
            attempt.id = answer.json()["id"]
        else:
            attempt.refusal = f"{answer.status_code} {answer.text[:200]}"
            return
        if number % _EVERY == _CANCELLED:
            reason = {"reason": "Changed my mind"}
            await self._until_answered(http, customer, "POST", f"/orders/{attempt.id}/cancel", body=reason)
        for _ in range(self.reads):
            await asyncio.sleep(_READ_EVERY)
            read = await self._until_answered(http, customer, "GET", f"/orders/{attempt.id}")
            if read is not None and read.status_code != HTTPStatus.OK:
                self._surprise(read)

    async def _until_answered(
        self,
        http: httpx2.AsyncClient,
        customer: Api,
        method: str,
        path: str,
        *,
        body: Any = None,
        attempt: Attempt | None = None,
    ) -> httpx2.Response | None:
        """Repeat a request with its key until a final response; return None after the time-out."""
        attempt = attempt or Attempt("", str(uuid4()))
        headers = {"Authorization": f"Bearer {customer.token}", "Idempotency-Key": attempt.key}
        deadline = time.monotonic() + _TIMEOUT
        while time.monotonic() < deadline:
            attempt.tries += 1
            answer = await self._counted(http.request(method, path, json=body, headers=headers))
            if answer is not None and not answer.is_server_error and "retry-after" not in answer.headers:
                return answer
            pause = answer.headers.get("retry-after", "") if answer is not None else ""
            await asyncio.sleep(float(pause) if pause.isdecimal() else _PAUSE)
        return None

    async def _counted(self, asking: Awaitable[httpx2.Response]) -> httpx2.Response | None:
        try:
            answer = await asking
        except httpx2.TransportError:
            self._count("broken")
            return None
        status = answer.status_code
        kind = "unavailable" if status in {429, 503, 504} else "failed" if answer.is_server_error else "answered"
        self._count(kind)
        if kind == "failed" or (kind == "unavailable" and "retry-after" not in answer.headers):
            self._surprise(answer)
        return answer

    def _surprise(self, answer: httpx2.Response) -> None:
        self.surprises.append(f"{self.clock():.1f} s: {answer.status_code} {answer.text[:300]}")

    def _count(self, kind: str) -> None:
        self.answers[int(self.clock()), kind] += 1
