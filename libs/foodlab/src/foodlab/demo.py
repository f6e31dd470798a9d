"""Sends orders through the gateway and shows their progress."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.live import Live
from rich.table import Table

from devservers.probes import http_ready
from foodctl.api import Api, gateway
from foodctl.errors import FoodctlError
from foodctl.system import System
from foodctl.traces.places import receiver_url
from foodctl.traces.showing import show
from foodlab.city import CUSTOMERS, PASSWORD
from foodlab.seed import basket_of, menu, restaurants, send_drivers_out, with_retries

ENDED = frozenset({"delivered", "rejected", "payment_failed", "cancelled", "undeliverable"})
_SECONDS = 60
_LOOK = 0.05


@dataclass
class Journey:
    """One order and its observed states."""

    restaurant: str
    order: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Return whether the order has ended."""
        return self.order.get("status") in ENDED

    def story(self) -> str:
        """Return the states with their times in milliseconds."""
        return " → ".join(f"{status} {ms}" for status, ms in self.steps.items())


def run(system: System, console: Console) -> None:
    """Send one order and print its timeline."""
    [journey] = asyncio.run(_send(system.gateway_url, 1, None))
    console.print(f"first order: {journey.story()} ms", highlight=False)


def demo(system: System, console: Console, orders: int, *, trace: bool = True) -> None:
    """Send concurrent orders, show them live, then the trace of the last one. Raises FoodctlError when one fails."""
    began = time.monotonic()
    with Live(console=console, refresh_per_second=10) as live:
        journeys = asyncio.run(_send(system.gateway_url, orders, live))
        live.update(_table(journeys))
    if not console.is_terminal:
        console.line()
    delivered = sum(journey.order["status"] == "delivered" for journey in journeys)
    console.print(f"{delivered} of {orders} orders delivered in {time.monotonic() - began:.1f} s", highlight=False)
    if delivered < orders:
        raise FoodctlError(f"{orders - delivered} orders were not delivered; `just logs` may show why")
    if trace and receiver_url(system) is not None:
        console.print("\nthe trace of the last order:", style="bold")
        show(system, console, journeys[-1].order["id"], last="order.delivered")
    show_page(system, console, journeys[-1].order["id"])


def show_page(system: System, console: Console, order_id: str) -> None:
    """Print the URL of an order in the console, if it runs."""
    pages = f"{system.gateway_url}/console"
    if http_ready(f"{pages}/log-in") is None:
        console.print(f"the last order in the console: {pages}/orders/{order_id}", highlight=False, soft_wrap=True)


async def _send(url: str, orders: int, live: Live | None) -> list[Journey]:
    async with gateway(url) as anonymous:
        if live is not None:
            await send_drivers_out(anonymous)
        customers = [await anonymous.log_in(one["email"], PASSWORD) for one in CUSTOMERS]
        # Only restaurants that accept automatically.
        kitchens = [one for one in await restaurants(anonymous) if one["auto_accept"] and one["open_now"]]
        menus = [await menu(anonymous, one) for one in kitchens]
        if not kitchens:
            raise FoodctlError("no restaurant of the demo city is open; `just up` seeds one that always is")
        picks = [index % len(kitchens) for index in range(orders)]
        journeys = [Journey(kitchens[pick]["name"]) for pick in picks]
        trips = [
            follow(customers[index % len(customers)], journey, kitchens[pick], menus[pick], index)
            for index, (pick, journey) in enumerate(zip(picks, journeys, strict=True))
        ]
        watching = asyncio.create_task(_show(live, journeys)) if live else None
        async with asyncio.timeout(_SECONDS + orders):
            await asyncio.gather(*trips)
        if watching:
            watching.cancel()
        return journeys


async def follow(
    customer: Api, journey: Journey, kitchen: dict[str, Any], dishes: list[dict[str, Any]], index: int
) -> None:
    """Place an order and follow it until it has ended."""
    chosen = random.Random(index).sample(dishes, k=min(2, len(dishes)))  # noqa: S311 - a choice of dishes
    basket = basket_of(kitchen, chosen, CUSTOMERS[index % len(CUSTOMERS)])
    # The same key for all attempts: a busy system may have placed the order without responding.
    place = partial(customer.call, "POST", "/orders", {**basket, "payment_method": "tok_ok"}, key=str(uuid4()))
    journey.order = await with_retries(place)
    path = f"/orders/{journey.order['id']}"
    while not journey.ended:
        await asyncio.sleep(_LOOK)
        journey.order = await with_retries(partial(customer.call, "GET", path))
        journey.steps = await _steps(customer, path)


async def _steps(customer: Api, path: str) -> dict[str, int]:
    """Return the states of an order and when each was first reached."""
    steps: dict[str, int] = {}
    timeline = await with_retries(partial(customer.call, "GET", f"{path}/timeline"))
    for entry in timeline["entries"]:
        steps.setdefault(entry["status"], entry["ms"])
    return steps


async def _show(live: Live, journeys: list[Journey]) -> None:
    while True:
        live.update(_table(journeys))
        await asyncio.sleep(0.1)


def _table(journeys: list[Journey]) -> Table:
    table = Table("order", "restaurant", "total", "milliseconds until each step")
    for journey in journeys[-30:]:
        order = journey.order
        total = f"{order['total'] / 100:.2f} {order['currency']}" if order else ""
        colour = "green" if order.get("status") == "delivered" else "red" if journey.ended else "cyan"
        table.add_row(str(order.get("id", ""))[-8:], journey.restaurant, total, f"[{colour}]{journey.story()}[/]")
    return table
