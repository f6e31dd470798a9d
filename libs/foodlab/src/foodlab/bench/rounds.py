"""Rounds that measure each figure and its reference under the same conditions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from foodlab.bench.errors import MeasurementError
from foodlab.bench.generator import generate
from foodlab.bench.load import Finding, Load
from foodlab.bench.measurement import Goal, Row
from foodlab.bench.pgbench import Pgbench
from foodlab.bench.request import Request
from foodlab.bench.restaurant import ORDER, RESTAURANT
from foodlab.bench.stage import Stage

GATEWAY, ORDER_SERVICE, NGINX = "api-gateway", "order-service", "nginx"
_DIRECT, _BY_NGINX, _BY_GATEWAY = range(3)


@dataclass(frozen=True)
class Plan:
    """The number of rounds, and their durations."""

    rounds: int
    proxying: float
    turns: int
    storing: int
    warm: int
    crowd: int = 32
    clients: int = 8


FULL = Plan(rounds=5, proxying=2.5, turns=1_000, storing=4, warm=300)
QUICK = Plan(rounds=3, proxying=0.6, turns=200, storing=1, warm=100)


@dataclass(frozen=True)
class Round:
    """The results of one round; pgbench's figure is orders per second."""

    nginx: Finding
    gateway: Finding
    turns: Finding
    pgbench: float
    accepting: Finding
    accepting_through_gateway: Finding

    @property
    def sending(self) -> float:
        """Return the maximum share of a core that sending orders used."""
        return max(self.accepting.sending, self.accepting_through_gateway.sending)


class Rounds:
    """Measures rounds of one plan on one stage."""

    def __init__(self, stage: Stage, plan: Plan, pgbench: Pgbench) -> None:
        """Prepare the requests."""
        self._stage = stage
        self._plan = plan
        self._pgbench = pgbench

    def measure(self, number: int, say: Callable[[str], None]) -> Round:
        """Measure everything once, and `say` what is being measured."""
        say("nginx")
        nginx = self._proxying(NGINX, self._stage.nginx)
        say("the gateway")
        gateway = self._proxying(GATEWAY, self._stage.gateway)
        say("one request at a time")
        turns = self._turns()
        say("pgbench")
        pgbench = self._pgbench.store(self._plan.storing, number)
        say("orders")
        accepting = self._storing(self._stage.order)
        say("orders through the gateway")
        through = self._storing(self._stage.gateway)
        return Round(nginx, gateway, turns, pgbench, accepting, through)

    def _proxying(self, name: str, port: int) -> Finding:
        watch = {name: self._stage.processes.check(name).pid}
        plan = self._plan
        load = Load((self._reading(port),), plan.crowd, plan.proxying, warm=plan.warm, watch=watch)
        return generate(name, load)

    def _turns(self) -> Finding:
        """Send requests directly, through nginx and through the gateway, in turn."""
        requests = tuple(map(self._reading, (self._stage.upstream, self._stage.nginx, self._stage.gateway)))
        seconds = 4 * self._plan.proxying
        warm = self._plan.turns // 10
        return generate("one request at a time", Load(requests, 1, seconds, self._plan.turns, warm))

    def _reading(self, port: int) -> Request:
        return Request(port, f"/restaurants/{RESTAURANT.restaurant_id}", tokens=self._stage.tokens)

    def _storing(self, port: int) -> Finding:
        watch = {name: self._stage.processes.check(name).pid for name in (ORDER_SERVICE, GATEWAY)}
        request = Request.order(port, self._stage.tokens, ORDER)
        before = self._stage.scratch.orders()
        load = Load((request,), self._plan.clients, self._plan.storing, warm=self._plan.warm, watch=watch)
        found = generate("accepting orders", load)
        stored = self._stage.scratch.orders() - before
        if stored != found.answers + found.warming:
            raise MeasurementError(f"{found.answers + found.warming} orders were accepted and {stored} stored")
        self._stage.scratch.let_it_publish()
        return found


def rows(rounds: Sequence[Round]) -> list[Row]:
    """Return every row of the table."""
    return [
        Row.of(
            "gateway, everything on",
            "requests/s a core",
            "nginx",
            Goal(0.25),
            [(_per_core(one.gateway, GATEWAY), _per_core(one.nginx, NGINX)) for one in rounds],
        ),
        Row.of(
            "what the gateway adds, p50",
            "µs",
            "what nginx adds",
            Goal(3, at_most=True),
            [(_added(one.turns, _BY_GATEWAY), _added(one.turns, _BY_NGINX)) for one in rounds],
        ),
        Row.of(
            "accepting an order at order-service",
            "orders/s",
            "pgbench",
            Goal(0.30),
            [(one.accepting.rate, one.pgbench) for one in rounds],
        ),
        Row.of(
            "accepting an order through the gateway",
            "orders/s",
            "pgbench",
            Goal(0.20),
            [(one.accepting_through_gateway.rate, one.pgbench) for one in rounds],
        ),
    ]


def _per_core(found: Finding, name: str) -> float:
    """Return requests per CPU second."""
    cpu = found.cpu[name]
    if cpu <= 0:
        raise MeasurementError(f"{name} used no CPU time that could be measured; measure longer")
    return found.answers / cpu


def _added(found: Finding, by: int) -> float:
    """Return the microseconds that a proxy adds."""
    return (found.p50[by] - found.p50[_DIRECT]) * 1e6
