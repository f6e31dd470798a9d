"""Outbox, consumers, deadlines and effects, and `process`, which applies a decision."""

from foodchassis.messaging.audit import Audit
from foodchassis.messaging.deadlines import clear_deadline, set_deadline
from foodchassis.messaging.effects import Effects
from foodchassis.messaging.outbox import outgoing, publish_all
from foodchassis.messaging.process import Aggregate, apply, load, opening
from foodchassis.messaging.republishing import DATABASE_ONLY, republish, run_command

__all__ = [
    "DATABASE_ONLY",
    "Aggregate",
    "Audit",
    "Effects",
    "apply",
    "clear_deadline",
    "load",
    "opening",
    "outgoing",
    "publish_all",
    "republish",
    "run_command",
    "set_deadline",
]
