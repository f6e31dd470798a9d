"""`foodctl bench services`: the cost of one service compared with the simplest equivalent program."""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import httpx2
import psutil
from rich.console import Console

from devservers import probes
from devservers.ports import free_ports
from devservers.spawning import Program
from foodctl.settings import PROJECT
from foodlab.bench.errors import MeasurementError
from foodlab.bench.generator import generate
from foodlab.bench.journeys import Journeys, open_crowd
from foodlab.bench.load import Load
from foodlab.bench.measurement import Goal, Row
from foodlab.bench.outbox import Outbox
from foodlab.bench.outbox import measure as measure_outbox
from foodlab.bench.report import Report
from foodlab.bench.request import Request
from foodlab.bench.run import started
from foodlab.bench.table import show
from foodlab.bench.whole import Whole

ORDER, TWIN, TWO, BARE, HELLO = "order-service", "twin", "two-workers", "bare", "hello"
CLIENTS, LOOK, IDLE, LONGEST = 8, 0.01, 2.0, 120.0


@dataclass(frozen=True)
class Plan:
    """Rounds, seconds of each reading, and the events of a backlog."""

    rounds: int
    seconds: float
    events: int


FULL, QUICK = Plan(5, 3.0, 10_000), Plan(3, 1.0, 3_000)


@dataclass(frozen=True)
class Round:
    """CPU microseconds of one read, seconds until ready, and MB of memory, each with its reference."""

    order: tuple[float, float]
    menu: tuple[float, float]
    ready: tuple[float, float]
    memory: tuple[float, float]
    workers: tuple[float, float]
    outbox: Outbox


class Alone:
    """Measures rounds on one running system."""

    def __init__(self, whole: Whole, basket: dict[str, object], plan: Plan) -> None:
        """Place one order, to be read."""
        self._whole, self._processes, self._basket, self._plan = whole, whole.processes, basket, plan
        self._port, self._twin, self._two, self._hello = free_ports(4)
        [[order, customer]] = whole.fetch("order", "SELECT id, customer_id FROM orders ORDER BY id LIMIT 1")
        token = (whole.tokens.of(customer, "customer"),)
        ports, menu = whole.system.ports, basket["restaurant_id"]
        self._order = f"/orders/{order}", token
        self._menu = Request(ports["menu"], f"/restaurants/{menu}/menu")
        self._bare_order = Request(self._port, f"/orders/{order}")
        self._bare_menu = Request(self._port, f"/menus/{menu}")

    def prepare(self) -> None:
        """Start the reference and the service with two workers, and check their responses."""
        settings = {f"BENCH_{name.upper()}": self._whole.database(name) for name in ("order", "menu")}
        self._start(_reference(BARE, self._port, settings))
        two = self._whole.another(ORDER, TWO, self._two)
        self._start(replace(two, argv=(*two.argv, "--workers", "2")))
        check(self._menu, self._bare_menu, self._reading(self._whole.system.ports["order"]), self._bare_order)

    def measure(self, say: Callable[[str], None]) -> Round:
        """Measure everything once, and report progress with `say`."""
        say("reading")
        ours, menu = self._processes.check(ORDER).pid, self._processes.check("menu-service").pid
        bare, port = self._pids(BARE), self._whole.system.ports["order"]
        one = self._cost(self._reading(port), [ours])
        order = one, self._cost(self._bare_order, bare)
        menus = self._cost(self._menu, [menu]), self._cost(self._bare_menu, bare)
        workers = self._cost(self._reading(self._two), self._pids(TWO)), one
        say("starting")
        ready, memory = zip(*map(self._started, (self._whole.another(ORDER, TWIN, self._twin),
                                                 _reference(HELLO, self._hello, {}))), strict=True)  # fmt: skip
        say("the outbox")
        outbox = asyncio.run(measure_outbox(self._whole, self._basket, self._plan.events))
        return Round(order, menus, ready, memory, workers, outbox)

    def _reading(self, port: int) -> Request:
        path, token = self._order
        return Request(port, path, tokens=token)

    def _cost(self, request: Request, pids: Sequence[int]) -> float:
        """Return the CPU microseconds of a request in these processes."""
        watch = {str(pid): pid for pid in pids}
        found = generate("reading", Load((request,), CLIENTS, self._plan.seconds, warm=100, watch=watch))
        return 1e6 * sum(found.cpu.values()) / found.answers

    def _started(self, program: Program) -> tuple[float, float]:
        """Return the seconds until a program is ready, and its idle memory in MB."""
        seconds = self._start(program)
        time.sleep(IDLE)
        memory = sum(psutil.Process(pid).memory_full_info().pss for pid in self._pids(program.name)) / 1e6
        self._processes.stop(program.name)
        return seconds, memory

    def _start(self, program: Program) -> float:
        began = time.perf_counter()
        self._processes.start(program)
        while (why := probes.http_ready(f"http://127.0.0.1:{program.port}/health/ready")) is not None:
            self._processes.check(program.name)
            if time.perf_counter() - began > LONGEST:
                raise MeasurementError(f"{program.name} is not ready after {LONGEST:.0f} s: {why}")
            time.sleep(LOOK)
        return time.perf_counter() - began

    def _pids(self, name: str) -> list[int]:
        root = psutil.Process(self._processes.check(name).pid)
        return [root.pid, *(child.pid for child in root.children(recursive=True))]


def check(*requests: Request) -> None:
    """Check that no response is an empty list, and that the first is 304 for its ETag."""
    for request in requests:
        headers = {"Authorization": f"Bearer {request.tokens[0]}"} if request.tokens else {}
        answer = httpx2.get(f"http://127.0.0.1:{request.port}{request.path}", headers=headers)
        if answer.status_code != httpx2.codes.OK or not answer.json():
            raise MeasurementError(f"{request.path} on port {request.port} answered {answer.status_code} {answer.text}")
        if request is requests[0]:
            known = httpx2.get(str(answer.url), headers={"If-None-Match": answer.headers["ETag"]})
            if known.status_code != httpx2.codes.NOT_MODIFIED:
                raise MeasurementError(f"{request.path} answered {known.status_code} to its own tag")


def rows(rounds: Sequence[Round]) -> list[Row]:
    """Return every row of the table."""
    most = Goal(1 / 0.6, at_most=True)
    bare, hello, pika = "one psycopg statement", "hello FastAPI", "aio-pika alone"
    outboxes = [one.outbox for one in rounds]
    return [
        Row.of("reading an order, CPU", "µs", bare, most, [one.order for one in rounds]),
        Row.of("reading a menu, CPU", "µs", bare, most, [one.menu for one in rounds]),
        Row.of("until order-service is ready", "s", hello, Goal(1.6, at_most=True), [one.ready for one in rounds]),
        Row.of("its memory when idle", "MB", hello, Goal(80, at_most=True, unit="MB"), [one.memory for one in rounds]),
        Row.of("CPU of a request, two workers", "µs", "one", Goal(1.05, at_most=True), [one.workers for one in rounds]),
        Row.of(
            "outbox: an event's making to its consumer, p50",
            "ms",
            pika,
            Goal(5, at_most=True, unit="ms"),
            [(one.delay, one.plain_delay) for one in outboxes],
        ),
        Row.of(
            "outbox: a backlog leaves",
            "events/s",
            f"{pika}, windows of confirms",
            Goal(2_500, unit="events/s"),
            [(one.drain, one.plain_drain) for one in outboxes],
        ),
    ]


def measure(plan: Plan, console: Console, file: Path) -> None:
    """Start a whole system, measure round by round, print the table and write the file."""
    report = Report()
    with started(console, Whole) as (whole, status):
        basket = asyncio.run(open_crowd(whole, 5))
        Journeys(whole, basket).slowly(5, 5)
        alone = Alone(whole, basket, plan)
        alone.prepare()
        rounds = [alone.measure(status.update) for _ in range(plan.rounds)]
    found = rows(rounds)
    show(found, f"medians of {plan.rounds} rounds, references in the same rounds", console)
    report.write(file, console, {"plan": asdict(plan), "rows": [row.as_json() for row in found]})


def _reference(name: str, port: int, settings: dict[str, str]) -> Program:
    argv = [sys.executable, "-m", "uvicorn", "--factory", f"foodlab.bench.{name}:create_app", "--no-access-log"]
    argv += ["--host", "127.0.0.1", "--port", str(port)]
    return Program(name, tuple(argv), cwd=PROJECT, env=settings, port=port)
