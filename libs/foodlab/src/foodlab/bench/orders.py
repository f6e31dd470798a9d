"""`foodctl bench orders`: measures complete orders; prints a table and writes a file and a chart."""

import asyncio
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from devservers.programs import fetched
from foodlab.bench.errors import MeasurementError
from foodlab.bench.journeys import Journeys, Phase, Plan, open_crowd
from foodlab.bench.load import at
from foodlab.bench.peer import Found
from foodlab.bench.peer import measure as measure_peer
from foodlab.bench.report import Report
from foodlab.bench.run import started
from foodlab.bench.table import table, verdict
from foodlab.bench.whole import Whole
from foodlab.chart import bars

WARMING = 20
SAMPLES_A_SECOND = "250"


@dataclass(frozen=True)
class Goal:
    """One figure with its bound."""

    what: str
    unit: str
    figure: float
    bound: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Return whether the figure is within its bound."""
        return self.figure >= self.bound if self.at_least else self.figure <= self.bound


def goals(slow: Phase, saturated: Phase, burst: Phase) -> list[Goal]:
    """Return the figures with their bounds."""
    return [
        Goal("created → assigned at 5 orders/s, p50", "ms", at(0.5, slow.assigned), 60),
        Goal("created → assigned at 5 orders/s, p99", "ms", at(0.99, slow.assigned), 200),
        Goal("whole orders, saturated", "orders/s", saturated.rate, 100, at_least=True),
        Goal("CPU of a whole order, saturated", "ms", saturated.cpu_of_an_order, 15),
        Goal(f"a burst of {burst.orders}: until the last is delivered", "s", burst.last_wait, 5),
    ]


def measure(plan: Plan, console: Console, file: Path, *, profiled: str | None = None, peer: Path | None = None) -> None:
    """Measure, print the tables and write the file.

    With `profiled` also draw that service's flame graph, and with `peer` also measure the system of that checkout.
    """
    report = Report()
    with started(console, Whole) as (whole, _):
        journeys = Journeys(whole, asyncio.run(open_crowd(whole, plan.drivers)))
        journeys.slowly(WARMING, plan.rate)
        slow = journeys.slowly(plan.slow, plan.rate)
        with flame_graph(whole, profiled, file.with_suffix(".flame.svg")):
            saturated = journeys.at_once(plan.saturating)
        phases = {"slow": slow, "saturated": saturated, "burst": journeys.at_once(plan.burst)}
    found = goals(**phases)
    last = newest(file)
    show(found, phases, last, console)
    costs = {name: phase.cpu for name, phase in phases.items()}
    beside = None if peer is None else measure_peer(peer, plan.saturating, console)
    if beside is not None:
        show_peer(saturated, beside, console)
    picture = bars("CPU milliseconds of a whole order, by part", costs)
    report.write(file, console, {"plan": asdict(plan)} | content(found, phases, beside), picture)
    if profiled:
        console.print(f"flame graph: {file.with_suffix('.flame.svg')}", highlight=False, soft_wrap=True)


@contextmanager
def flame_graph(whole: Whole, service: str | None, file: Path) -> Iterator[None]:
    """Sample a service with py-spy while a block runs."""
    if service is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    program = (fetched("py-spy==0.4.3", "py-spy"), "record", "--pid", str(whole.processes.check(service).pid))
    options = ("--rate", SAMPLES_A_SECOND, "--nonblocking", "--output", str(file))
    with subprocess.Popen(
        [*program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as sampler:
        yield
        # On SIGINT it writes its samples.
        sampler.send_signal(2)
        _, said = sampler.communicate()
    if not file.exists():
        raise MeasurementError(f"py-spy wrote no flame graph: {said.strip()[-300:]}")


def content(found: Sequence[Goal], phases: Mapping[str, Phase], beside: Found | None = None) -> dict[str, object]:
    """Return the content of the result file."""
    return {
        **({} if beside is None else {"peer": asdict(beside)}),
        "goals": [asdict(goal) | {"met": goal.met} for goal in found],
        "phases": {name: asdict(phase) for name, phase in phases.items()},
    }


def newest(file: Path) -> Mapping[str, float]:
    """Return the figures of the last run in the same folder; empty for the first run."""
    for other in sorted(file.parent.glob("orders-*.json"), reverse=True):
        if other != file:
            return {goal["what"]: goal["figure"] for goal in json.loads(other.read_text())["goals"]}
    return {}


def show(found: Sequence[Goal], phases: Mapping[str, Phase], last: Mapping[str, float], console: Console) -> None:
    """Print the figures with goals and the last run, and the CPU time of an order by part."""
    lines = (
        (
            goal.what,
            f"{goal.figure:,.1f} {goal.unit}",
            f"{last[goal.what]:,.1f}" if goal.what in last else "-",
            f"{'≥' if goal.at_least else '≤'} {goal.bound:g}",
            verdict(met=goal.met),
        )
        for goal in found
    )
    title = "whole orders, created → delivered, hands-free, through the gateway"
    console.print(table(title, ("what", "measured", "last run", "goal", "met?"), lines))
    parts = next(iter(phases.values())).cpu
    costs = ((part, *(f"{phase.cpu[part]:.1f}" for phase in phases.values())) for part in parts)
    console.print(table("CPU milliseconds of an order", ("part", *phases), costs))


def show_peer(ours: Phase, peer: Found, console: Console) -> None:
    """Print the saturated orders of both systems side by side."""
    lines = (
        ("whole orders a second", f"{ours.rate:,.1f}", f"{peer.rate:,.1f}"),
        ("CPU milliseconds of an order", f"{ours.cpu_of_an_order:.1f}", f"{peer.cpu_of_an_order:.1f}"),
        ("of them PostgreSQL", f"{ours.cpu['postgres']:.1f}", f"{peer.cpu['postgres']:.1f}"),
        ("of them RabbitMQ", f"{ours.cpu['rabbitmq']:.1f}", f"{peer.cpu['rabbitmq']:.1f}"),
        ("accepted orders that did not end", "0", str(peer.orders - peer.ended)),
    )
    console.print(table("saturated, beside a public order system", ("what", "this system", "the peer"), lines))
