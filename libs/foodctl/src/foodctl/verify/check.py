"""Checks on the databases, and the report of their findings."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Gauge
from rich.console import Console
from rich.table import Table

from foodctl.verify.places import Look

SHOWN = 10
INVARIANTS = {
    1: "every accepted order exists, as it was accepted",
    2: "every order ends once, none is past its deadline",
    3: "every history is a legal path without gaps",
    4: "paid is what is owed; ledger and provider agree",
    5: "one capture an order, one refund a cause, by index",
    6: "one driver an order, one delivery a driver, by index",
    7: "every event is handled or parked by all subscribers",
    8: "cancelled: money released, driver free, all at rest",
    9: "the price charged is the price at order time",
}


@dataclass(frozen=True)
class Violation:
    """A violation of an invariant: its subject and description; `detail` has the numbers."""

    invariant: int
    subject: str
    says: str
    detail: str = field(default="", compare=False)


@dataclass
class Report:
    """The numbers checked per invariant, the violations, and notes.

    `undecided` violations may still resolve, because the work in `waiting` was unfinished at the end.
    """

    checked: Counter[int]
    violations: list[Violation]
    seconds: float
    remarks: list[str] = field(default_factory=list)
    undecided: list[Violation] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Return whether every invariant holds."""
        return not self.violations and not self.undecided

    def of(self, invariant: int) -> list[Violation]:
        """Return the violations of one invariant."""
        return [one for one in self.violations if one.invariant == invariant]

    def show(self, console: Console) -> None:
        """Print a line for each invariant, and then the violations."""
        table = Table("", "invariant", "checked", "violations", box=None, pad_edge=False)
        table.columns[2].justify = table.columns[3].justify = "right"
        for number, title in INVARIANTS.items():
            found = len(self.of(number))
            mark, style = ("✗", "red") if found else ("✓", "green")
            table.add_row(f"[{style}]{mark}[/] {number}", title, str(self.checked[number]), f"[{style}]{found}[/]")
        console.print(table)
        for remark in self.remarks:
            console.print(remark, highlight=False, markup=False, soft_wrap=True)
        for line in _offenders(self.violations):
            console.print(line, style="red", highlight=False, markup=False, soft_wrap=True)
        for line in self._undecided():
            console.print(line, style="yellow", highlight=False, markup=False, soft_wrap=True)
        verdict = "all invariants hold" if self.ok else f"{len(self.violations)} violations"
        style = "green" if self.ok else "red" if self.violations else "yellow"
        console.print(f"{verdict} ({self.seconds:.1f} s)", style=style, highlight=False)

    def _undecided(self) -> Iterator[str]:
        if self.waiting:
            yield f"unfinished work: {', '.join(self.waiting)}"
        if self.undecided:
            advice = "verify again when less work is in progress, or with a longer --wait"
            yield f"{len(self.undecided)} undecided; {advice}:"
            yield from _offenders(self.undecided)

    def document(self) -> dict[str, Any]:
        """Return everything, for JSON."""
        invariants = [
            {"invariant": number, "title": title, "checked": self.checked[number], "violations": len(self.of(number))}
            for number, title in INVARIANTS.items()
        ]
        found = [asdict(one) for one in self.violations]
        return {
            "ok": self.ok,
            "seconds": round(self.seconds, 3),
            "invariants": invariants,
            "violations": found,
            "remarks": self.remarks,
            "undecided": [asdict(one) for one in self.undecided],
            "waiting": self.waiting,
        }

    def summary(self, at: datetime) -> dict[str, Any]:
        """Return the summary that order-service stores; `at` is the end of the run."""
        document = self.document()
        shown = [asdict(one) for number in INVARIANTS for one in self.of(number)[:SHOWN]]
        return {
            "at": at.isoformat(),
            **{name: document[name] for name in ("ok", "seconds", "invariants")},
            "violations": shown,
            "undecided": len(self.undecided),
        }

    def registry(self, at: float) -> CollectorRegistry:
        """Return the counts for Prometheus; `at` is a Unix time."""
        registry = CollectorRegistry()
        counted: dict[str, tuple[str, Callable[[int], float]]] = {
            "violations": ("Violations by invariant.", lambda one: len(self.of(one))),
            "checked": ("Objects checked by invariant.", lambda one: self.checked[one]),
        }
        for name, (text, count) in counted.items():
            gauge = Gauge(f"foodapp_invariant_{name}", text, ["invariant"], registry=registry)
            for one in INVARIANTS:
                gauge.labels(one).set(count(one))
        Gauge("foodapp_verify_timestamp_seconds", "Time of the last check of the invariants.", registry=registry).set(
            at
        )
        return registry


def _offenders(violations: list[Violation]) -> Iterator[str]:
    for number in INVARIANTS:
        found = [one for one in violations if one.invariant == number]
        for one in found[:SHOWN]:
            yield f"{number}  {one.subject}  {one.says}{one.detail and f': {one.detail}'}"
        if len(found) > SHOWN:
            yield f"{number}  … and {len(found) - SHOWN} more"


@dataclass
class Found:
    """The result of a check: numbers checked by invariant, violations, and notes."""

    checked: Counter[int] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def confirmed_by(self, later: "Found") -> list[Violation]:
        """Return the violations that a later run found again; the others were work in progress."""
        still = set(later.violations)
        return [one for one in self.violations if one in still]


class Check(Protocol):
    """Finds violations of one or more invariants."""

    def __call__(self, look: Look) -> Found:
        """Return the current violations, including those by work in progress."""
        ...


@dataclass(frozen=True)
class Query:
    """A check in SQL: `finds` returns a row for each violation, with its subject and a detail."""

    invariant: int
    package: str
    says: str
    finds: str
    counts: str = "SELECT 0"

    def __call__(self, look: Look) -> Found:
        """Run both queries."""
        found = Found(Counter({self.invariant: look.number(self.package, self.counts)}))
        found.violations.extend(self._violations(look))
        return found

    def _violations(self, look: Look) -> Iterator[Violation]:
        for row in look.rows(self.package, self.finds):
            yield Violation(self.invariant, str(row.subject), self.says, str(row.detail))
