"""The duration and cost of complete orders: at low load, saturated, and after a burst."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from typing_extensions import override

from foodchassis import new_id
from foodctl.api import Api, Json, gateway
from foodctl.scene import District
from foodlab.bench.errors import MeasurementError
from foodlab.bench.generator import generate
from foodlab.bench.load import Load
from foodlab.bench.request import Request
from foodlab.bench.whole import Whole

LONGEST = 300.0
# Rarely, and by an index scan, so that counting does not slow down the orders.
LOOK = 0.25
CLIENTS = 16
CUSTOMERS = 64
STEPS = """
    SELECT extract(epoch FROM o.created_at)::float8,
        extract(epoch FROM min(h.at) FILTER (WHERE h.event = 'order.assigned'))::float8,
        extract(epoch FROM min(h.at) FILTER (WHERE h.event = 'order.delivered'))::float8
    FROM orders o JOIN order_history h ON h.order_id = o.id WHERE o.id >= %s GROUP BY o.id
"""
DELIVERED = "SELECT count(*) FROM orders WHERE id >= %s AND status = 'delivered'"


@dataclass(frozen=True)
class Plan:
    """The numbers of orders sent slowly, at once and in a burst, and the number of drivers."""

    slow: int
    rate: float
    saturating: int
    burst: int
    drivers: int = 100


FULL = Plan(slow=500, rate=5, saturating=1_500, burst=300)
QUICK = Plan(slow=75, rate=5, saturating=300, burst=150)


@dataclass(frozen=True)
class Phase:
    """One load: orders, seconds from the first order to the last delivery, milliseconds to steps, CPU by part."""

    orders: int
    seconds: float
    assigned: Sequence[float]
    delivered: Sequence[float]
    last_wait: float
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Whole orders a second."""
        return self.orders / self.seconds

    @property
    def cpu_of_an_order(self) -> float:
        """Milliseconds of CPU in all processes."""
        return sum(self.cpu.values())


class Crowd(District):
    """A district whose users have tokens without a log-in."""

    def __init__(self, anonymous: Api, whole: Whole, drivers: int) -> None:
        """Create this many drivers, who act automatically."""
        super().__init__(anonymous, auto_accept=True, auto_drive=True, drivers=drivers)
        self._whole = whole

    @override
    async def newcomer(self, role: str) -> Api:
        user_id = new_id()
        return self.anonymous.with_token(self._whole.tokens.of(user_id, role), str(user_id))


async def open_crowd(whole: Whole, drivers: int) -> Json:
    """Open a restaurant with drivers at its place, and return the basket that customers order."""
    async with gateway(whole.system.gateway_url) as anonymous:
        crowd = Crowd(anonymous, whole, drivers)
        await crowd.open()
        return crowd.basket()


class Journeys:
    """Sends orders to one system and reads their results."""

    def __init__(self, whole: Whole, basket: Json) -> None:
        """Order this basket repeatedly, as many customers."""
        self._whole = whole
        self._body = {**basket, "payment_method": "tok_ok"}
        self._tokens = whole.tokens.customers(CUSTOMERS)

    def slowly(self, orders: int, rate: float) -> Phase:
        """Send orders at a steady rate, in orders a second."""
        with self._phase(orders) as read:
            asyncio.run(self._send(orders, rate))
        return read()

    def at_once(self, orders: int) -> Phase:
        """Send orders as fast as they are accepted."""
        request = Request.order(self._whole.system.ports["gateway"], self._tokens, json.dumps(self._body))
        # Each client warms up with one order, which counts like any other.
        load = Load((request,), CLIENTS, LONGEST, most=orders - CLIENTS)
        with self._phase(orders) as read:
            generate("whole orders", load)
        return read()

    @contextmanager
    def _phase(self, orders: int) -> Iterator[Callable[[], Phase]]:
        """Measure a block that sends orders, until the last of them is delivered."""
        began, before = new_id(), self._whole.cpu()
        yield lambda: self._read(orders, began, before, accepted)
        accepted = time.monotonic()

    def _read(self, orders: int, began: UUID, before: dict[str, float], accepted: float) -> Phase:
        self._wait_until_delivered(orders, began)
        waited, after = time.monotonic() - accepted, self._whole.cpu()
        steps = self._whole.fetch("order", STEPS, began)
        if len(steps) != orders or any(None in step for step in steps):
            raise MeasurementError(f"{orders} orders were accepted; {len(steps)} are stored, or not all were assigned")
        first, last = min(created for created, *_ in steps), max(delivered for *_, delivered in steps)
        return Phase(
            orders,
            last - first,
            sorted(1000 * (assigned - created) for created, assigned, _ in steps),
            sorted(1000 * (delivered - created) for created, _, delivered in steps),
            waited,
            {name: 1000 * (after[name] - before[name]) / orders for name in after},
        )

    async def _send(self, orders: int, rate: float) -> None:
        async with gateway(self._whole.system.gateway_url) as anonymous:
            callers = [anonymous.with_token(token) for token in self._tokens]
            begin, under_way = time.monotonic(), []
            for number in range(orders):
                await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
                place = partial(callers[number % CUSTOMERS].call, "POST", "/orders", {**self._body})
                under_way.append(asyncio.create_task(place()))
            await asyncio.gather(*under_way)

    def _wait_until_delivered(self, orders: int, began: UUID) -> None:
        """Wait until each order is delivered and all its events are published."""
        ends = time.monotonic() + LONGEST
        while self._whole.fetch("order", DELIVERED, began)[0][0] < orders or self._whole.waiting():
            if time.monotonic() > ends:
                raise MeasurementError(f"not all of {orders} orders were delivered within {LONGEST:.0f} s")
            time.sleep(LOOK)
