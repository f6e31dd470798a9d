"""How long whole orders take and what they cost: at low load, saturated, and after a burst."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, repeat
from pathlib import Path

from rich.console import Console
from rich.table import Table
from typing_extensions import override

from devservers.processes import Processes
from devservers.steps import run
from foodchassis import new_id, now
from foodctl.api import Api, gateway
from foodctl.scene import Quarter
from foodlab.bench.errors import MeasurementError
from foodlab.bench.generator import generate
from foodlab.bench.load import Load, at
from foodlab.bench.machine import machine
from foodlab.bench.request import KEY, Request
from foodlab.bench.run import private_servers, workplace
from foodlab.bench.whole import Whole
from foodlab.board import shown
from foodlab.interrupts import held_back

PATIENCE = 300.0
LOOK = 0.1
CLIENTS = 16
CUSTOMERS = 64


@dataclass(frozen=True)
class Journeys:
    """How many orders are sent: slowly, all at once, and in a burst; and how many drivers carry them."""

    slow: int
    rate: float
    saturating: int
    burst: int
    drivers: int = 100


FULL = Journeys(slow=500, rate=5, saturating=1_500, burst=300)
SHORT = Journeys(slow=75, rate=5, saturating=300, burst=150)


@dataclass(frozen=True)
class Goal:
    """One figure with the bound it has to keep."""

    what: str
    unit: str
    figure: float
    bound: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Return whether the figure keeps its bound."""
        return self.figure >= self.bound if self.at_least else self.figure <= self.bound


@dataclass(frozen=True)
class Phase:
    """One load: orders, seconds from the first order to the last door, milliseconds to steps, CPU by part."""

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


class Crowd(Quarter):
    """A quarter whose people have tokens and never log in."""

    def __init__(self, anybody: Api, whole: Whole, drivers: int) -> None:
        """Have this many drivers, all hands-free."""
        super().__init__(anybody, auto_accept=True, auto_drive=True, drivers=drivers)
        self._whole = whole

    @override
    async def newcomer(self, role: str) -> Api:
        return Api(self.anybody._http, self._whole.token(role), str(new_id()))  # noqa: SLF001 - its own kind


class Measuring:
    """Sends orders into one system and reads what became of them."""

    def __init__(self, whole: Whole, basket: dict[str, object]) -> None:
        """Order this basket again and again, as many customers."""
        self._whole = whole
        self._body = {**basket, "payment_method": "tok_ok"}
        self._tokens = tuple(whole.token("customer") for _ in range(CUSTOMERS))
        self._port = whole.system.ports["gateway"]

    def slowly(self, orders: int, rate: float) -> Phase:
        """Send orders at a steady rate."""
        return self._phase(orders, lambda: asyncio.run(self._paced(orders, rate)))

    def at_once(self, orders: int) -> Phase:
        """Send orders as fast as they are accepted."""
        headers = {"Idempotency-Key": KEY.decode()}
        request = Request(self._port, "/orders", "POST", 201, self._tokens, headers, json.dumps(self._body))
        # Each client warms up with one order, which counts like any other.
        load = Load((request,), CLIENTS, PATIENCE, most=orders - CLIENTS)
        return self._phase(orders, lambda: generate("whole orders", load))

    def _phase(self, orders: int, send: "object") -> Phase:
        began, before = now(), self._whole.cpu()
        send()  # type: ignore[operator]
        accepted = time.monotonic()
        self._until_delivered(orders, began)
        waited = time.monotonic() - accepted
        after = self._whole.cpu()
        steps = self._whole.ask(
            "order",
            "SELECT extract(epoch FROM o.created_at)::float8,"
            " extract(epoch FROM min(h.at) FILTER (WHERE h.event = 'order.assigned'))::float8,"
            " extract(epoch FROM min(h.at) FILTER (WHERE h.event = 'order.delivered'))::float8"
            " FROM orders o JOIN order_history h ON h.order_id = o.id WHERE o.created_at >= %s GROUP BY o.id",
            began,
        )
        if len(steps) != orders or any(None in step for step in steps):
            raise MeasurementError(f"{orders} orders were accepted; {len(steps)} are stored, or not all were assigned")
        rows: list[tuple[float, float, float]] = [tuple(map(float, map(str, step))) for step in steps]  # type: ignore[misc]
        return Phase(
            orders,
            max(row[2] for row in rows) - min(row[0] for row in rows),
            sorted(1000 * (row[1] - row[0]) for row in rows),
            sorted(1000 * (row[2] - row[0]) for row in rows),
            waited,
            {name: 1000 * (after[name] - before[name]) / orders for name in after},
        )

    async def _paced(self, orders: int, rate: float) -> None:
        async with gateway(self._whole.system.gateway_url) as anybody:
            callers = [Api(anybody._http, token) for token in self._tokens]  # noqa: SLF001 - its own kind
            begin = time.monotonic()
            under_way = []
            for number in range(orders):
                await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
                call = callers[number % len(callers)].call("POST", "/orders", dict(self._body))
                under_way.append(asyncio.create_task(call))
            await asyncio.gather(*under_way)

    def _until_delivered(self, orders: int, began: object) -> None:
        """Wait until each order is at its door, is paid for, and every event of it is published."""
        ends = time.monotonic() + PATIENCE
        questions = chain(repeat("SELECT count(*) FROM orders WHERE status = 'delivered' AND created_at >= %s"))
        while int(str(self._whole.ask("order", next(questions), began)[0][0])) < orders or self._whole.waiting():
            if time.monotonic() > ends:
                raise MeasurementError(f"not all of {orders} orders were delivered within {PATIENCE:.0f} s")
            time.sleep(LOOK)


def journeys(plan: Journeys, console: Console, file: Path, environment: dict[str, str]) -> list[Goal]:
    """Measure, print the table and write the file."""
    with held_back() as interrupts, workplace() as (folder, undo):
        processes = Processes(folder / "run", folder / "logs", tied=True)
        undo.callback(processes.undo, grace=0)
        whole = Whole(processes, folder, private_servers(folder, processes), environment)
        steps = whole.steps()
        with shown(console, [step.name for step in steps]) as board:
            undo.callback(whole.undo)
            run(steps, board, interrupts.check)
        with interrupts.at_once(), console.status("measuring"):
            measuring = Measuring(whole, asyncio.run(_open(whole, plan.drivers)))
            measuring.slowly(20, plan.rate)
            phases = {
                "slow": measuring.slowly(plan.slow, plan.rate),
                "saturated": measuring.at_once(plan.saturating),
                "burst": measuring.at_once(plan.burst),
            }
    goals = _goals(phases)
    _show(goals, phases, console)
    content = {
        "taken_at": now().isoformat(timespec="seconds"),
        "machine": machine(),
        "plan": asdict(plan),
        "goals": [asdict(goal) | {"met": goal.met} for goal in goals],
        "phases": {name: asdict(phase) for name, phase in phases.items()},
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1) + "\n")
    console.print(f"every order: {file}", highlight=False, soft_wrap=True)
    return goals


async def _open(whole: Whole, drivers: int) -> dict[str, object]:
    async with gateway(whole.system.gateway_url) as anybody:
        crowd = Crowd(anybody, whole, drivers)
        await crowd.open()
        return crowd.basket()


def _goals(phases: dict[str, Phase]) -> list[Goal]:
    slow, saturated, burst = phases["slow"], phases["saturated"], phases["burst"]
    return [
        Goal("created → assigned at 5 orders/s, p50", "ms", at(0.5, slow.assigned), 60),
        Goal("created → assigned at 5 orders/s, p99", "ms", at(0.99, slow.assigned), 200),
        Goal("whole orders, saturated", "orders/s", saturated.rate, 100, at_least=True),
        Goal("CPU of a whole order, saturated", "ms", saturated.cpu_of_an_order, 15),
        Goal("CPU of a whole order at 5 orders/s", "ms", slow.cpu_of_an_order, 15),
        Goal(f"a burst of {burst.orders}: its last order delivered after", "s", burst.last_wait, 5),
    ]


def _show(goals: Sequence[Goal], phases: dict[str, Phase], console: Console) -> None:
    table = Table(title="whole orders, created → delivered, hands-free, through the gateway")
    for name in ("what", "measured", "goal", "met?"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for goal in goals:
        bound = f"{'≥' if goal.at_least else '≤'} {goal.bound:g}"
        table.add_row(
            goal.what, f"{goal.figure:,.1f} {goal.unit}", bound, "[green]yes[/]" if goal.met else "[red]no[/]"
        )
    console.print(table)
    costs = Table(title="CPU milliseconds of an order")
    costs.add_column("part")
    for name in phases:
        costs.add_column(name, justify="right")
    for part in phases["slow"].cpu:
        costs.add_row(part, *(f"{phase.cpu[part]:.1f}" for phase in phases.values()))
    console.print(costs)
