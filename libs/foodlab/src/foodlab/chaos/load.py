"""A steady load of real orders by well-behaved clients, which repeat with the same key and respect Retry-After."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any, NamedTuple
from uuid import uuid4

import aiohttp
import orjson
from typing_extensions import override

from foodctl.api import Api
from foodctl.errors import FoodctlError
from foodctl.scene import REPORT, District

_DISTRICTS = 4
_DRIVERS = 4
# So many that none reaches the bound on concurrent calls while a service pauses.
_CUSTOMERS = 32
_TIMEOUT, _REQUEST_TIMEOUT = 120.0, 15.0
_PAUSE = 0.5
_READ_EVERY = 0.5
# Most orders are delivered; some are cancelled, and some cards are declined.
_CANCELLED, _DECLINED, _UNPAID = 7, 11, 13
_EVERY = 20
_SERVER_ERROR = 500


@dataclass
class Attempt:
    """One order from its customer's view: acknowledged with an id, refused, or neither in time."""

    marker: str
    key: str
    id: str | None = None
    refusal: str | None = None
    tries: int = 0


class Answer(NamedTuple):
    """A complete response; `pause` is its Retry-After."""

    status: int
    pause: str | None
    body: bytes

    @override
    def __str__(self) -> str:
        return f"{self.status} {self.body[:300].decode(errors='replace')}"


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

    def clients(self) -> aiohttp.ClientSession:
        """Return the connections of all clients.

        A request costs aiohttp a sixth of httpx2's CPU time, which the measured system needs.
        """
        timeout, connections = aiohttp.ClientTimeout(total=_REQUEST_TIMEOUT), aiohttp.TCPConnector(limit=500)
        return aiohttp.ClientSession(self.url, timeout=timeout, connector=connections)

    async def keep_drivers(self) -> None:
        """Report the positions of all drivers regularly; without reports they get no offers."""
        while True:
            for district in self._districts:
                with suppress(FoodctlError):
                    await asyncio.gather(*(district.drive(driver) for driver in district.drivers))
            await asyncio.sleep(REPORT / 4)

    async def place(self, http: aiohttp.ClientSession, number: int) -> None:
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
        if answer.status == HTTPStatus.CREATED:
            attempt.id = orjson.loads(answer.body)["id"]
        else:
            attempt.refusal = str(answer)
            return
        if number % _EVERY == _CANCELLED:
            reason = {"reason": "Changed my mind"}
            await self._until_answered(http, customer, "POST", f"/orders/{attempt.id}/cancel", body=reason)
        for _ in range(self.reads):
            await asyncio.sleep(_READ_EVERY)
            read = await self._until_answered(http, customer, "GET", f"/orders/{attempt.id}")
            if read is not None and read.status != HTTPStatus.OK:
                self._surprise(read)

    async def _until_answered(
        self,
        http: aiohttp.ClientSession,
        customer: Api,
        method: str,
        path: str,
        *,
        body: Any = None,
        attempt: Attempt | None = None,
    ) -> Answer | None:
        """Repeat a request with its key until a final response; return None after the time-out."""
        attempt = attempt or Attempt("", str(uuid4()))
        headers = {"Authorization": f"Bearer {customer.token}", "Idempotency-Key": attempt.key}
        deadline = time.monotonic() + _TIMEOUT
        while time.monotonic() < deadline:
            attempt.tries += 1
            answer = await self._counted(http, method, path, json=body, headers=headers)
            if answer is not None and answer.status < _SERVER_ERROR and answer.pause is None:
                return answer
            pause = answer.pause or "" if answer is not None else ""
            await asyncio.sleep(float(pause) if pause.isdecimal() else _PAUSE)
        return None

    async def _counted(self, http: aiohttp.ClientSession, method: str, path: str, **request: Any) -> Answer | None:
        try:
            async with http.request(method, path, **request) as response:
                answer = Answer(response.status, response.headers.get("Retry-After"), await response.read())
        except (aiohttp.ClientError, TimeoutError):
            self._count("broken")
            return None
        failed = answer.status >= _SERVER_ERROR
        kind = "unavailable" if answer.status in {429, 503, 504} else "failed" if failed else "answered"
        self._count(kind)
        if kind == "failed" or (kind == "unavailable" and answer.pause is None):
            self._surprise(answer)
        return answer

    def _surprise(self, answer: Answer) -> None:
        self.surprises.append(f"{self.clock():.1f} s: {answer}")

    def _count(self, kind: str) -> None:
        self.answers[int(self.clock()), kind] += 1
