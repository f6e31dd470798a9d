"""The numbers that decisions need."""

from dataclasses import dataclass, fields, replace
from typing import Self

from foodchassis import kernel


@dataclass(frozen=True)
class Policy(kernel.Policy):
    """How long an order waits, in seconds, and what a cancel costs; each field is named like its setting."""

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
        """Return the policy of a test order, for which all times are `pace` times shorter."""
        if pace == 1:
            return self
        times = [one.name for one in fields(self) if one.name.endswith("_seconds")]
        return replace(self, **{name: getattr(self, name) / pace for name in times})
