"""What we promise, and how we count whether we keep it."""

from dataclasses import dataclass

from observability_generators.slo.indicators import Indicator, Outcome, Quickness


@dataclass(frozen=True)
class Objective:
    """A share of events that must be good; `alert` fires when the rest is spent too fast."""

    name: str
    alert: str
    promise: str
    percent: float
    indicator: Indicator
    impact: str

    @property
    def budget(self) -> str:
        """Give the share that may be bad, as PromQL writes it."""
        return f"{(100 - self.percent) / 100:.6g}"


OBJECTIVES = (
    Objective(
        "checkout-success",
        "CheckoutFailing",
        "a checkout is answered without an error of ours",
        99.9,
        Outcome("gateway_checkouts_total", "outcome", "failed", "accepted"),
        "Customers cannot order.",
    ),
    Objective(
        "checkout-latency",
        "CheckoutSlow",
        "a checkout is answered within 0.5 s",
        99,
        Quickness("gateway_checkout_seconds", 0.5),
        "Customers wait at the till, and some leave.",
    ),
    Objective(
        "time-to-accept",
        "AcceptanceSlow",
        "a restaurant accepts or rejects within 5 min",
        95,
        Quickness("order_milestone_seconds", 300.0, 'milestone=~"accepted|rejected"', example='milestone="accepted"'),
        "Customers wait for an answer; what nobody answers is rejected after 10 min.",
    ),
    Objective(
        "time-to-assign",
        "AssignmentSlow",
        "a driver is found within 5 min",
        95,
        Quickness("delivery_assign_seconds", 300.0, never='delivery_ended_total{outcome="no_driver"}'),
        "Food gets cold; orders without a driver are cancelled after 15 min.",
    ),
    Objective(
        "delivered-on-time",
        "DeliveriesLate",
        "an order is at the door when it was promised",
        95,
        Outcome("orders_on_time_total", "on_time", "false", "true"),
        "Customers wait longer than they were told.",
    ),
    Objective(
        "refund-latency",
        "RefundsSlow",
        "a refund is paid back within 5 min",
        99,
        Quickness("payment_refund_seconds", 300.0),
        "Customers miss money that is theirs.",
    ),
)
