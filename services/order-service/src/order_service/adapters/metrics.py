"""Business metrics: orders by outcome, the time to their milestones, and late orders."""

from datetime import datetime, timedelta

from prometheus_client import Counter, Gauge, Histogram

from foodchassis import Event, at_zero, now
from order_service.machine import KITCHEN, ORDER

BUCKETS = (0.05, 0.1, 0.2, 0.5, 1, 5, 30, 60, 300, 600, 1800, 3600, 7200)

orders = Counter("orders_total", "Orders that reached each outcome, creation included", ["outcome"])
milestones = Histogram("order_milestone_seconds", "Time since creation", ["milestone"], buckets=BUCKETS)
on_time = Counter("orders_on_time_total", "Delivered orders, by whether they were on time", ["on_time"])
overdue = Gauge("orders_overdue", "Open orders that are late")
stuck = Counter("order_compensation_stuck_total", "Repeated requests of cancellations without confirmation")
streams = Gauge("order_streams", "Open streams of this instance")

EMITTED = {step.emits for step in ORDER.steps} | {step.emits for step in KITCHEN.steps}
OUTCOMES = sorted(event.routing_key.removeprefix("order.") for event in EMITTED if event and issubclass(event, Event))
at_zero(orders, OUTCOMES)
at_zero(milestones, OUTCOMES)
at_zero(on_time, ("true", "false"))


def count(outcome: str, created_at: datetime) -> None:
    """Count an order with this creation time that has just reached an outcome such as "accepted"."""
    orders.labels(outcome).inc()
    milestones.labels(outcome).observe((now() - created_at) / timedelta(seconds=1))


def count_delivered(ready_at: datetime | None, promise: float) -> None:
    """Count an order that has just been delivered; it is on time within `promise` seconds after its food was ready."""
    if ready_at is not None:
        on_time.labels(str(now() <= ready_at + timedelta(seconds=promise)).lower()).inc()
