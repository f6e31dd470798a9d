"""What the business wants to see: orders by outcome, how long their milestones take, and those that are stuck."""

from datetime import datetime, timedelta

from prometheus_client import Counter, Gauge, Histogram

from foodchassis import now

BUCKETS = (0.05, 0.1, 0.2, 0.5, 1, 5, 30, 60, 300, 600, 1800, 3600, 7200)

orders = Counter("orders_total", "Orders that reached each outcome, creation included", ["outcome"])
milestones = Histogram("order_milestone_seconds", "Time since creation", ["milestone"], buckets=BUCKETS)
stuck = Counter("order_compensation_stuck_total", "Times that a cancellation waited too long and was asked for again")
streams = Gauge("order_streams", "Streams that are open on this instance")


def count(outcome: str, created_at: datetime) -> None:
    """Note that an order created then has just reached an outcome such as "accepted"."""
    orders.labels(outcome).inc()
    milestones.labels(outcome).observe((now() - created_at) / timedelta(seconds=1))
