"""Runs all checks, and repeats those with violations until these are resolved or final."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from foodctl.verify.check import Check, Found, Report, Violation
from foodctl.verify.endings import ENDINGS, histories
from foodctl.verify.events import Flight, events, flight
from foodctl.verify.journeys import journeys
from foodctl.verify.ledger import LEDGER
from foodctl.verify.places import Places
from foodctl.verify.prices import ACCEPTED, PRICES
from foodctl.verify.uniqueness import UNIQUENESS, indexes

CHECKS: Sequence[Check] = (
    *ACCEPTED, *ENDINGS, histories, *LEDGER, *UNIQUENESS, indexes, *PRICES, journeys, events,
)  # fmt: skip
WAIT = 60.0
# No handler takes longer without progress: its statements and requests time out earlier.
_QUIET = 5.0
# The maximum number of hops between services before a change is consistent.
_HOPS = 8
_BETWEEN = 1.0


@dataclass
class _Course:
    """The progress of the system's work since the first look: whether violations can be work in progress."""

    last: Flight
    began: Flight
    still_since: float
    moved: bool = False
    hops: int = 0

    def see(self, now: Flight, at: float) -> None:
        """Record a later look."""
        if not now.as_before(self.last):
            self.still_since, self.moved = at, True
        if now.after(self.began):
            self.began, self.hops = now, self.hops + 1
        self.last = now

    def is_over(self, at: float) -> bool:
        """Return whether all work of the first look, and work that followed from it, has ended."""
        quiet = not self.last.waiting and at - self.still_since >= _QUIET
        return quiet or self.hops >= _HOPS

    @property
    def goes_on(self) -> bool:
        """Return whether there is unfinished work."""
        return bool(self.last.waiting) or self.moved


def verify(places: Places, *, wait: float = WAIT, say: Callable[[str], None] = lambda _: None) -> Report:
    """Check every invariant.

    The databases are read at different times, with events in transit between them. So violations are checked again
    until they are resolved, or until all work of the first look has ended: then they are final. After `wait` seconds,
    violations in a busy system are undecided.
    """
    began = time.monotonic()
    with places.look() as look:
        first = [(check, check(look)) for check in CHECKS]
        course = _Course(now := flight(look), now, began)
    checked: Counter[int] = sum((found.checked for _, found in first), Counter())
    remarks = [remark for _, found in first for remark in found.remarks]
    doubtful = [(check, found) for check, found in first if found.violations]
    said: list[str] = []
    while doubtful and (left := began + wait - time.monotonic()) > 0 and not course.is_over(time.monotonic()):
        if said != (said := sorted(course.last.waiting)):
            say(f"waiting for {', '.join(course.last.lines) or 'silence'}")
        time.sleep(min(left, _BETWEEN))
        doubtful = _again(places, doubtful, course)
    violations, seconds = _sorted(doubtful), time.monotonic() - began
    if course.goes_on and not course.is_over(time.monotonic()):
        return Report(checked, [], seconds, remarks, violations, course.last.lines)
    return Report(checked, violations, seconds, remarks, [], course.last.lines)


def _again(places: Places, doubtful: list[tuple[Check, Found]], course: _Course) -> list[tuple[Check, Found]]:
    with places.look() as look:
        for check, found in doubtful:
            found.violations = found.confirmed_by(check(look))
        course.see(flight(look), time.monotonic())
    return [(check, found) for check, found in doubtful if found.violations]


def _sorted(doubtful: list[tuple[Check, Found]]) -> list[Violation]:
    found = (violation for _, one in doubtful for violation in one.violations)
    return sorted(found, key=lambda one: (one.invariant, one.says, one.subject))
