"""Figures of several rounds, and what they say against a reference and a goal."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from typing_extensions import override

from foodlab.bench.errors import MeasurementError
from foodlab.chart import bars


@dataclass(frozen=True)
class Series:
    """One figure, measured once a round."""

    rounds: tuple[float, ...]

    @classmethod
    def of(cls, what: str, rounds: Sequence[float]) -> "Series":
        """Take figures that only mean something above zero."""
        if not rounds or min(rounds) <= 0:
            raise MeasurementError(f"{what}: not above zero in every round: {list(rounds)}")
        return cls(tuple(rounds))

    @property
    def lowest(self) -> float:
        """Return the lowest round."""
        return min(self.rounds)

    @property
    def median(self) -> float:
        """Return the round in the middle."""
        return median(self.rounds)

    @property
    def highest(self) -> float:
        """Return the highest round."""
        return max(self.rounds)

    def over(self, other: "Series") -> "Series":
        """Divide round by round: what slows the machine for a while slows both."""
        return Series(tuple(mine / theirs for mine, theirs in zip(self.rounds, other.rounds, strict=True)))

    def as_json(self) -> dict[str, object]:
        """Return every round and the three that describe them."""
        figures = {"min": self.lowest, "median": self.median, "max": self.highest}
        return {"rounds": list(self.rounds), **figures}


@dataclass(frozen=True)
class Goal:
    """The ratio to reach, or with a `unit` the figure itself: at least, or with `at_most` at most."""

    bound: float
    at_most: bool = False
    unit: str = ""

    def met(self, measured: Series, ratio: Series) -> bool:
        """Return whether the median reaches it."""
        found = measured.median if self.unit else ratio.median
        return found <= self.bound if self.at_most else found >= self.bound

    @override
    def __str__(self) -> str:
        """Write it as a reader would."""
        return f"{'≤' if self.at_most else '≥'} {self.bound:,g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Row:
    """One figure beside its reference of the same rounds."""

    what: str
    unit: str
    measured: Series
    compared_to: str
    reference: Series
    goal: Goal

    @classmethod
    def of(cls, what: str, unit: str, compared_to: str, goal: Goal, pairs: Sequence[tuple[float, float]]) -> "Row":
        """Take a figure and its reference of each round."""
        measured, reference = (Series.of(what, one) for one in zip(*pairs, strict=True))
        return cls(what, unit, measured, compared_to, reference, goal)

    @property
    def ratio(self) -> Series:
        """Return measured over reference, round by round."""
        return self.measured.over(self.reference)

    @property
    def met(self) -> bool:
        """Return whether the median reaches the goal."""
        return self.goal.met(self.measured, self.ratio)

    def as_json(self) -> dict[str, object]:
        """Return all that is known of it."""
        return {
            "what": self.what,
            "unit": self.unit,
            "measured": self.measured.as_json(),
            "compared_to": self.compared_to,
            "reference": self.reference.as_json(),
            "ratio": self.ratio.as_json(),
            "goal": str(self.goal),
            "met": self.met,
        }


def chart(title: str, rows: Sequence[Row]) -> str:
    """Draw the median ratio of each figure to its reference."""
    return bars(title, {f"{row.what}, {row.unit}": {"ratio": row.ratio.median} for row in rows}, digits=2)
