"""The numbers that decisions need, each named like its setting."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """How long things may take."""

    refund_window: timedelta = timedelta(hours=48)
    refund_retry: timedelta = timedelta(minutes=5)
    provider_silence: timedelta = timedelta(minutes=5)
    hold_unused: timedelta = timedelta(hours=24)
    ending_unknown: timedelta = timedelta(hours=24)
