"""The numbers that decisions need; the settings give their defaults and say what each means."""

from dataclasses import dataclass
from datetime import timedelta

from foodchassis import kernel


@dataclass(frozen=True)
class Policy(kernel.Policy):
    """How long things may take."""

    refund_window: timedelta
    refund_retry: timedelta
    provider_silence: timedelta
    hold_unused: timedelta
    ending_unknown: timedelta
