"""The deadlines of each open state of an order, as a declarative table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from order_service.models import KitchenStatus, OrderFacts, OrderStatus
from order_service.rules.policy import Policy

PAYMENT_UNANSWERED = "payment.unanswered"
RESTAURANT_SLOW = "restaurant.slow"
RESTAURANT_SILENT = "restaurant.silent"
CAPTURE_UNANSWERED = "capture.unanswered"
DELIVERY_UNANSWERED = "delivery.unanswered"
PICKUP_OVERDUE = "pickup.overdue"
DELIVERY_LATE = "delivery.late"
DELIVERY_LOST = "delivery.lost"
CANCELLING_STUCK = "cancelling.stuck"
# Not of an order: it runs for an erased user, until the user's tokens have expired.
TOKENS_EXPIRED = "customer.erased"
S, K = OrderStatus, KitchenStatus


@dataclass(frozen=True)
class Deadline:
    """One row of the table: a deadline while an order is in `status` and its kitchen in one of `kitchens`.

    It is due after the time of its `setting` since the order entered that state, or, with `after_ready`, since the
    food was expected to be ready, if that is later. One that `repeats` is set again after it was handled.
    """

    name: str
    status: OrderStatus
    kitchens: tuple[KitchenStatus, ...]
    setting: str
    consequence: str
    after_ready: bool = False
    repeats: bool = False

    def wait(self, order: OrderFacts, now: datetime, policy: Policy) -> timedelta:
        """Return its remaining time."""
        wait = timedelta(seconds=getattr(policy, self.setting))
        if self.after_ready and order.ready_at is not None:
            wait += max(order.ready_at - now, timedelta())
        return wait


COOKING = (K.ACCEPTED, K.READY)
DEADLINES = (
    Deadline(PAYMENT_UNANSWERED, S.PENDING, (K.WAITING,), "payment_answer_seconds", "payment_failed"),
    Deadline(RESTAURANT_SLOW, S.PLACED, (K.WAITING,), "restaurant_reminder_seconds", "the restaurant is reminded"),
    Deadline(RESTAURANT_SILENT, S.PLACED, (K.WAITING,), "restaurant_answer_seconds", "rejected"),
    Deadline(CAPTURE_UNANSWERED, S.PLACED, (K.ACCEPTED,), "capture_answer_seconds", "cancelling"),
    Deadline(DELIVERY_UNANSWERED, S.PAID, COOKING, "delivery_answer_seconds", "cancelling", after_ready=True),
    Deadline(PICKUP_OVERDUE, S.ASSIGNED, COOKING, "pickup_overdue_seconds", "needs attention", after_ready=True),
    Deadline(DELIVERY_LATE, S.PICKED_UP, (K.HANDED_OVER,), "delivery_late_seconds", "needs attention"),
    Deadline(DELIVERY_LOST, S.PICKED_UP, (K.HANDED_OVER,), "delivery_lost_seconds", "undeliverable"),
    Deadline(
        CANCELLING_STUCK,
        S.CANCELLING,
        (K.WAITING, *COOKING),
        "cancelling_seconds",
        "needs attention, and the cancellation is requested again",
        repeats=True,
    ),
)
TIMERS = frozenset(deadline.name for deadline in DEADLINES)
ATTENTION = frozenset({PICKUP_OVERDUE, DELIVERY_LATE, CANCELLING_STUCK})


def running(order: OrderFacts | None) -> Iterator[Deadline]:
    """Yield the deadlines of the current state of `order`."""
    if order is not None:
        yield from (one for one in DEADLINES if order.status is one.status and order.kitchen in one.kitchens)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the table for documentation: state, deadline, setting, consequence."""
    for one in DEADLINES:
        since = " (once the food is ready)" if one.after_ready else ""
        yield f"{one.status}, kitchen {' or '.join(one.kitchens)}{since}", one.name, one.setting, one.consequence


def changed(
    before: OrderFacts | None, after: OrderFacts, trigger: str, *, now: datetime, policy: Policy
) -> tuple[dict[str, timedelta], frozenset[str]]:
    """Return the deadlines that a step by `trigger` starts, with their times, and those that it stops."""
    ran = {one.name for one in running(before)} - {one.name for one in DEADLINES if one.repeats and one.name == trigger}
    runs = {one.name: one for one in running(after)}
    started = {name: one.wait(after, now, policy) for name, one in runs.items() if name not in ran}
    return started, frozenset(ran - runs.keys())
