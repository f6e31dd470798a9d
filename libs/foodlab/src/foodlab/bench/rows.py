"""What the rounds say: the figures, each beside its reference and its goal."""

from collections.abc import Sequence

from foodlab.bench.errors import MeasurementError
from foodlab.bench.load import Finding
from foodlab.bench.measurement import Goal, Row, Series
from foodlab.bench.rounds import GATEWAY, NGINX, Round

_MICROSECONDS = 1e6
_DIRECT, _BY_NGINX, _BY_GATEWAY = range(3)


def rows(rounds: Sequence[Round]) -> list[Row]:
    """Return every row of the table."""
    stored = Series.of("pgbench", [one.pgbench for one in rounds])
    return [
        Row(
            "gateway, everything on",
            "requests/s a core",
            Series.of("gateway", [_per_core(one.gateway, GATEWAY) for one in rounds]),
            "nginx",
            Series.of("nginx", [_per_core(one.nginx, NGINX) for one in rounds]),
            Goal(0.25),
        ),
        Row(
            "what the gateway adds, p50",
            "µs",
            Series.of("what the gateway adds", [_added(one.turns, _BY_GATEWAY) for one in rounds]),
            "what nginx adds",
            Series.of("what nginx adds", [_added(one.turns, _BY_NGINX) for one in rounds]),
            Goal(3, at_most=True),
        ),
        Row(
            "accepting an order at order-service",
            "orders/s",
            Series.of("orders", [_per_second(one.accepting) for one in rounds]),
            "pgbench",
            stored,
            Goal(0.30),
        ),
        Row(
            "accepting an order through the gateway",
            "orders/s",
            Series.of("orders through the gateway", [_per_second(one.accepting_through_gateway) for one in rounds]),
            "pgbench",
            stored,
            Goal(0.20),
        ),
    ]


def _per_second(found: Finding) -> float:
    return found.answers / found.seconds


def _per_core(found: Finding, name: str) -> float:
    """Return requests a second of CPU time: what one core could do."""
    cpu = found.cpu[name]
    if cpu <= 0:
        raise MeasurementError(f"{name} used no CPU time that could be measured; measure longer")
    return found.answers / cpu


def _added(found: Finding, by: int) -> float:
    return (found.p50[by] - found.p50[_DIRECT]) * _MICROSECONDS
