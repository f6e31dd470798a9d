"""The settings for decisions."""

from dataclasses import dataclass
from datetime import timedelta

from foodchassis import kernel


@dataclass(frozen=True)
class Policy(kernel.Policy):
    """The time limits; each field has the name of its setting."""

    refund_window: timedelta
    refund_retry: timedelta
    provider_silence: timedelta
    hold_unused: timedelta
    ending_unknown: timedelta
