"""What a check is: one look at the databases, and a second that confirms what the first found."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from foodctl.verify.places import Look
from foodctl.verify.report import Violation


@dataclass
class Found:
    """How much a check looked at, by invariant, what it found, and what a reader should know although it is right."""

    checked: Counter[int] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def confirmed_by(self, later: "Found") -> list[Violation]:
        """Give what a later look found again: the rest was on its way."""
        still = set(later.violations)
        return [one for one in self.violations if one in still]


class Check(Protocol):
    """Looks for violations of one invariant or more."""

    def __call__(self, look: Look) -> Found:
        """Give what is wrong at this moment, including what is only on its way."""
        ...


@dataclass(frozen=True)
class Query:
    """A check in SQL: `finds` gives a row for each violation, with its subject and a detail."""

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
