"""The report of a run: printed, as JSON, and as an HTML page with the timeline."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from rich.console import Console

from foodctl.verify.check import Report
from foodlab.chaos import timeline
from foodlab.chaos.counters import Counters
from foodlab.chaos.timeline import Band

SETTLING = 60.0


@dataclass
class Outcome:
    """The outcome of a run."""

    command: str
    seconds: float
    settled: float | None
    counters: Counters
    verification: Report
    answers: Counter[tuple[int, str]]
    ages: list[tuple[float, float]]
    bands: list[Band]
    surprises: list[str]
    parked: list[str]
    poison: int
    strict: bool = False
    left_out: dict[str, str] = field(default_factory=dict)
    measured: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Return a line for each problem."""
        return list(self._problems())

    def _problems(self) -> Iterator[str]:
        if self.settled is None:
            yield "orders did not end or the system was not idle long after healing"
        elif self.settled > SETTLING:
            yield f"idle only {self.settled:.0f} s after healing, more than {SETTLING:.0f}"
        if self.strict and (failed := sum(number for (_, kind), number in self.answers.items() if kind != "answered")):
            yield f"{failed} requests did not succeed at the first attempt"
        yield from (f"{count} {kind}" for kind, count in self.counters.violations.items())
        yield from self.counters.examples[:20]
        yield from (
            f"invariant {one.invariant}: {one.subject} {one.says} {one.detail}"
            for one in self.verification.violations[:20]
        )
        yield from (f"undecided: {one.subject} {one.says}" for one in self.verification.undecided[:20])
        yield from (f"answer: {one}" for one in self.surprises[:20])
        yield from (f"parked: {one}" for one in self.parked[:20])
        yield from self.wrong

    def document(self) -> dict[str, Any]:
        """Return everything, for JSON."""
        kinds: Counter[str] = Counter()
        for (_, kind), number in self.answers.items():
            kinds[kind] += number
        return {
            "command": self.command,
            "ok": not self.problems,
            "seconds": round(self.seconds, 1),
            "seconds_until_quiet": self.settled and round(self.settled, 1),
            "counters": asdict(self.counters),
            "answers": dict(kinds),
            "oldest_event_seconds": round(max((age for _, age in self.ages), default=0), 1),
            "poison_parked": self.poison,
            "faults": [asdict(one) for one in self.bands],
            "left_out": self.left_out,
            "measured": self.measured,
            "problems": self.problems,
            "verification": self.verification.document(),
        }

    def picture(self) -> str:
        """Return the timeline as SVG."""
        return timeline.draw(self.bands, self.answers, self.ages, self.seconds)

    def write(self, folder: Path) -> None:
        """Write report.json, timeline.svg and report.html."""
        folder.mkdir(parents=True, exist_ok=True)
        document = json.dumps(self.document(), indent=1) + "\n"
        (folder / "report.json").write_text(document)
        (folder / "timeline.svg").write_text(self.picture())
        title = escape(self.command)
        rows = "".join(f"<tr><td>{name}<td>{escape(str(value))}" for name, value in self._rows())
        page = f"<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{self.picture()}"
        (folder / "report.html").write_text(f"{page}<table>{rows}</table><pre>{escape(document)}</pre>\n")

    def show(self, console: Console) -> None:
        """Print the counters and the problems."""
        for name, value in self._rows():
            console.print(f"{name.ljust(22)} {value}", highlight=False, markup=False, soft_wrap=True)
        for problem in self.problems:
            console.print(problem, style="red", highlight=False, markup=False, soft_wrap=True)
        console.print("no order lost or duplicated" if not self.problems else "violated", highlight=False)

    def _rows(self) -> Iterator[tuple[str, object]]:
        document = self.document()
        for name, value in document["counters"].items():
            if name != "examples":
                yield name, value
        yield "answers", document["answers"]
        yield "faults applied", f"{sum(not one.problem for one in self.bands)} of {len(self.bands)}"
        for one in self.bands:
            if one.problem:
                yield "not applied", f"{one.kind} {one.target}: {one.problem}"
        yield "seconds until idle", document["seconds_until_quiet"]
        yield "oldest event", f"{document['oldest_event_seconds']} s"
        yield from self.measured.items()
        for kind, why in self.left_out.items():
            yield "left out", f"{kind}: {why}"
