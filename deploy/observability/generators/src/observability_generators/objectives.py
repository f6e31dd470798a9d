"""The service level objectives and their indicators."""

from dataclasses import dataclass
from typing import Protocol


class Indicator(Protocol):
    """Counts bad events and all events over a window of time."""

    def bad(self, window: str) -> str:
        """Return the rate of bad events, in PromQL."""
        ...

    def all(self, window: str) -> str:
        """Return the rate of all events, in PromQL."""
        ...

    def samples(self, bad: int, good: int) -> dict[str, int]:
        """Return the series of events at these rates, with the growth of each."""
        ...


@dataclass(frozen=True)
class Outcome:
    """Counts events as bad by the value of `label`."""

    counter: str
    label: str
    bad_value: str
    good_value: str

    def bad(self, window: str) -> str:
        """Count the events with the bad value."""
        return f"sum(rate({self._series(self.bad_value)}[{window}]))"

    def all(self, window: str) -> str:
        """Count all events."""
        return f"sum(rate({self.counter}[{window}]))"

    def samples(self, bad: int, good: int) -> dict[str, int]:
        """Return a series for each value."""
        return {self._series(self.bad_value): bad, self._series(self.good_value): good}

    def _series(self, value: str) -> str:
        return f'{self.counter}{{{self.label}="{value}"}}'


@dataclass(frozen=True)
class Latency:
    """Counts events as bad that took longer than a bucket's bound of their histogram, or that never happened."""

    histogram: str
    seconds: float
    matchers: str = ""
    example: str = ""
    never: str = ""

    def bad(self, window: str) -> str:
        """Count the slow events and those that never happened."""
        fast = self._labels(f'{self.matchers},le="{self.seconds}"')
        return f"{self.all(window)} - sum(rate({self.histogram}_bucket{fast}[{window}]))"

    def all(self, window: str) -> str:
        """Count the events, including those that never happened."""
        happened = f"sum(rate({self.histogram}_count{self._labels(self.matchers)}[{window}]))"
        return f"{happened} + sum(rate({self.never}[{window}]))" if self.never else happened

    def samples(self, bad: int, good: int) -> dict[str, int]:
        """Return the bucket of the fast events and the count of all."""
        series = {
            f"{self.histogram}_count{self._labels(self.example)}": bad + good,
            self.histogram + "_bucket" + self._labels(f'{self.example},le="{self.seconds}"'): good,
        }
        return {**series, self.never: 0} if self.never else series

    @staticmethod
    def _labels(text: str) -> str:
        return f"{{{text.strip(',')}}}" if text.strip(",") else ""


@dataclass(frozen=True)
class Objective:
    """A share of events that must be good; `alert` fires when the error budget is spent too fast."""

    name: str
    alert: str
    promise: str
    percent: float
    indicator: Indicator
    impact: str

    @property
    def budget(self) -> str:
        """Return the share that may be bad, in PromQL."""
        return f"{(100 - self.percent) / 100:.6g}"


OBJECTIVES = (
    Objective(
        "checkout-success",
        "CheckoutFailing",
        "a checkout gets a response without a server error",
        99.9,
        Outcome("gateway_checkouts_total", "outcome", "failed", "accepted"),
        "Customers cannot order.",
    ),
    Objective(
        "checkout-latency",
        "CheckoutSlow",
        "a checkout gets a response within 0.5 s",
        99,
        Latency("gateway_checkout_seconds", 0.5),
        "Customers wait at the checkout, and some leave.",
    ),
    Objective(
        "time-to-accept",
        "AcceptanceSlow",
        "a restaurant accepts or rejects within 5 min",
        95,
        Latency("order_milestone_seconds", 300.0, 'milestone=~"accepted|rejected"', example='milestone="accepted"'),
        "Customers wait for an answer; an order without one is rejected after 10 min.",
    ),
    Objective(
        "time-to-assign",
        "AssignmentSlow",
        "a driver is found within 5 min",
        95,
        Latency("delivery_assign_seconds", 300.0, never='delivery_ended_total{outcome="no_driver"}'),
        "Food gets cold; orders without a driver are cancelled after 15 min.",
    ),
    Objective(
        "delivered-on-time",
        "DeliveriesLate",
        "an order is delivered by the promised time",
        95,
        Outcome("orders_on_time_total", "on_time", "false", "true"),
        "Customers wait longer than promised.",
    ),
    Objective(
        "refund-latency",
        "RefundsSlow",
        "a refund is paid back within 5 min",
        99,
        Latency("payment_refund_seconds", 300.0),
        "Customers wait for their money.",
    ),
)
