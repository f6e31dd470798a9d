"""The cost of telemetry: the same service with and without it, in the same rounds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import psutil
from rich.console import Console

from foodlab.bench.errors import MeasurementError
from foodlab.bench.generator import generate
from foodlab.bench.load import Finding, Load
from foodlab.bench.measurement import Goal, Row, chart
from foodlab.bench.report import Report
from foodlab.bench.request import Request
from foodlab.bench.restaurant import ORDER
from foodlab.bench.rounds import Plan
from foodlab.bench.run import started
from foodlab.bench.table import show
from foodlab.bench.variants import DOWN, OFF, ONE_PERCENT, TEN_PERCENT, VARIANTS, Variants

# The load must be small enough that the single process is the bottleneck.
_CLIENTS = 4
# Many short rounds show costs of a few per cent better than few long ones, because they average out disturbances.
_MORE = 4
_MEGABYTE = 1e6


@dataclass(frozen=True)
class Sample:
    """One variant in one round: the result of the load, and the memory of the process afterwards."""

    load: Finding
    memory: float

    @property
    def rate(self) -> float:
        """Return orders a second."""
        return self.load.rate

    @property
    def cpu(self) -> float:
        """Return microseconds of CPU an order."""
        return sum(self.load.cpu.values()) / self.load.answers * 1e6


@dataclass
class Overhead:
    """The rounds of one run."""

    rounds: list[dict[str, Sample]] = field(default_factory=list)

    @property
    def rows(self) -> Sequence[Row]:
        """Return each figure with that of the service without telemetry, or with a running collector."""
        rate, cpu, memory = "orders/s", "µs of CPU an order", "MB after the round"
        return (
            self._row("10 % of traces kept", rate, TEN_PERCENT, OFF, Goal(0.9)),
            self._row("10 % of traces kept", cpu, TEN_PERCENT, OFF, Goal(1.1, at_most=True)),
            self._row("1 % of traces kept", cpu, ONE_PERCENT, OFF, Goal(1.25, at_most=True)),
            self._row("10 %, the collector down", rate, DOWN, TEN_PERCENT, Goal(0.99)),
            self._row("10 %, the collector down", cpu, DOWN, TEN_PERCENT, Goal(1.01, at_most=True)),
            Row.of(
                "10 %, the collector down: growth",
                memory,
                "after the first",
                Goal(1.05, at_most=True),
                [(one[DOWN].memory, self.rounds[0][DOWN].memory) for one in self.rounds],
            ),
        )

    def _row(self, what: str, unit: str, variant: str, reference: str, goal: Goal) -> Row:
        figure = "rate" if unit.startswith("orders") else "cpu"
        pairs = [(getattr(one[variant], figure), getattr(one[reference], figure)) for one in self.rounds]
        return Row.of(what, unit, reference, goal, pairs)


def overhead(plan: Plan, console: Console, file: Path) -> None:
    """Measure, print the table and write the file."""
    plan = replace(plan, rounds=_MORE * plan.rounds, storing=max(1, plan.storing // _MORE))
    report, found = Report(), Overhead()
    with started(console, Variants) as (variants, _):
        for number in range(plan.rounds):
            # The order of variants changes from round to round.
            turn = VARIANTS[number % len(VARIANTS) :] + VARIANTS[: number % len(VARIANTS)]
            found.rounds.append({name: _sample(variants, plan, name) for name in turn})
    show(found.rows, f"medians of {plan.rounds} rounds", console)
    content = {
        "plan": asdict(plan),
        "rows": [row.as_json() for row in found.rows],
        "rounds": [{name: asdict(sample) for name, sample in one.items()} for one in found.rounds],
    }
    report.write(file, console, content, chart("with telemetry beside without, median ratio", found.rows))


def _sample(variants: Variants, plan: Plan, name: str) -> Sample:
    pid = variants.processes.check(name).pid
    request = Request.order(variants.ports[name], variants.tokens, ORDER)
    load = Load((request,), _CLIENTS, plan.storing, warm=plan.warm, watch={name: pid})
    found = generate(name, load)
    if not found.answers:
        raise MeasurementError(f"{name}: no order was accepted")
    variants.scratch.let_it_publish()
    return Sample(found, psutil.Process(pid).memory_full_info().uss / _MEGABYTE)
