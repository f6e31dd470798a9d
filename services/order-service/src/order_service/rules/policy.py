"""The settings for decisions."""

from dataclasses import dataclass, fields, replace
from typing import Self

from foodchassis import kernel


@dataclass(frozen=True)
class Policy(kernel.Policy):
    """The times of deadlines in seconds, and the cost of a cancellation; each field has the name of its setting."""

    payment_answer_seconds: float
    restaurant_reminder_seconds: float
    restaurant_answer_seconds: float
    capture_answer_seconds: float
    delivery_answer_seconds: float
    pickup_overdue_seconds: float
    delivery_late_seconds: float
    delivery_lost_seconds: float
    cancelling_seconds: float
    free_cancel_seconds: float
    keep_food: bool

    def paced(self, pace: int) -> Self:
        """Return the policy of a test order, with all times divided by `pace`."""
        if pace == 1:
            return self
        times = [one.name for one in fields(self) if one.name.endswith("_seconds")]
        return replace(self, **{name: getattr(self, name) / pace for name in times})
