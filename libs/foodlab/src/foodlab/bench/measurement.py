"""Figures of several rounds, compared with a reference and a goal."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from typing_extensions import override

from foodlab.bench.errors import MeasurementError
from foodlab.chart import bars


@dataclass(frozen=True)
class Series:
    """One figure, measured once per round."""

    rounds: tuple[float, ...]

    @classmethod
    def of(cls, what: str, rounds: Sequence[float]) -> "Series":
        """Create a series of figures that must be positive."""
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
        """Divide round by round, so that temporary slowness of the machine affects both."""
        return Series(tuple(mine / theirs for mine, theirs in zip(self.rounds, other.rounds, strict=True)))

    def as_json(self) -> dict[str, object]:
        """Return every round with lowest, median and highest."""
        figures = {"min": self.lowest, "median": self.median, "max": self.highest}
        return {"rounds": list(self.rounds), **figures}


@dataclass(frozen=True)
class Goal:
    """The bound of a ratio, or with a `unit` of the figure itself: a minimum, or with `at_most` a maximum."""

    bound: float
    at_most: bool = False
    unit: str = ""

    def met(self, measured: Series, ratio: Series) -> bool:
        """Return whether the median reaches it."""
        found = measured.median if self.unit else ratio.median
        return found <= self.bound if self.at_most else found >= self.bound

    @override
    def __str__(self) -> str:
        """Return the goal as text."""
        return f"{'≤' if self.at_most else '≥'} {self.bound:,g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Row:
    """One figure with its reference of the same rounds."""

    what: str
    unit: str
    measured: Series
    compared_to: str
    reference: Series
    goal: Goal

    @classmethod
    def of(cls, what: str, unit: str, compared_to: str, goal: Goal, pairs: Sequence[tuple[float, float]]) -> "Row":
        """Create a row from pairs of figure and reference."""
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
        """Return the row as JSON."""
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
