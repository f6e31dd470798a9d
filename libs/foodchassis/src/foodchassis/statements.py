"""A side door for a service that sends statements on the chassis' tables together with its own, in one round trip."""

from foodchassis.messaging.outbox import outgoing
from foodchassis.storage.chassis import PUBLISH, START_TIMERS, outbox_parameters, start_timers, timer_parameters

__all__ = ["PUBLISH", "START_TIMERS", "outbox_parameters", "outgoing", "start_timers", "timer_parameters"]
