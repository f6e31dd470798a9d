"""How good and bad events are counted: by an outcome, or by whether they were quick enough."""

from dataclasses import dataclass
from typing import Protocol


class Indicator(Protocol):
    """Counts bad events and all events over a window of time."""

    def bad(self, window: str) -> str:
        """Give the rate of bad events, in PromQL."""
        ...

    def all(self, window: str) -> str:
        """Give the rate of all events, in PromQL."""
        ...

    def samples(self, bad: int, good: int) -> dict[str, int]:
        """Give the series that events at these rates make, and how fast each grows."""
        ...


@dataclass(frozen=True)
class Outcome:
    """Events are bad whose `label` says so."""

    counter: str
    label: str
    bad_value: str
    good_value: str

    def bad(self, window: str) -> str:
        """Count what has the bad value."""
        return f"sum(rate({self._series(self.bad_value)}[{window}]))"

    def all(self, window: str) -> str:
        """Count everything."""
        return f"sum(rate({self.counter}[{window}]))"

    def samples(self, bad: int, good: int) -> dict[str, int]:
        """Give a series for each value."""
        return {self._series(self.bad_value): bad, self._series(self.good_value): good}

    def _series(self, value: str) -> str:
        return f'{self.counter}{{{self.label}="{value}"}}'


@dataclass(frozen=True)
class Quickness:
    """Events are bad that took longer than a bound of their histogram's buckets, or that never came at all."""

    histogram: str
    seconds: float
    matchers: str = ""
    example: str = ""
    never: str = ""

    def bad(self, window: str) -> str:
        """Count all but the quick ones."""
        quick = self._labels(f'{self.matchers},le="{self.seconds}"')
        return f"{self.all(window)} - sum(rate({self.histogram}_bucket{quick}[{window}]))"

    def all(self, window: str) -> str:
        """Count those that came and those that never did."""
        came = f"sum(rate({self.histogram}_count{self._labels(self.matchers)}[{window}]))"
        return f"{came} + sum(rate({self.never}[{window}]))" if self.never else came

    def samples(self, bad: int, good: int) -> dict[str, int]:
        """Give the bucket of the quick ones and the count of all."""
        came = {
            f"{self.histogram}_count{self._labels(self.example)}": bad + good,
            self.histogram + "_bucket" + self._labels(f'{self.example},le="{self.seconds}"'): good,
        }
        return {**came, self.never: 0} if self.never else came

    @staticmethod
    def _labels(text: str) -> str:
        return f"{{{text.strip(',')}}}" if text.strip(",") else ""
