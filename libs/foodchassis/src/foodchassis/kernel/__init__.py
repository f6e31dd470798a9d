"""The base of the other rooms: settings, errors, types, events, decisions, state machines."""

from foodchassis.kernel.currencies import MINOR_UNITS, known_currency, most_of, share
from foodchassis.kernel.decision import Announcement, Decision, Effect, Policy, Timer
from foodchassis.kernel.errors import (
    BadRequestError,
    BusyError,
    HeadersTooLargeError,
    MalformedRequestError,
    PreconditionFailedError,
    ServiceError,
    TooManyRequestsError,
)
from foodchassis.kernel.events import Envelope, current_cause
from foodchassis.kernel.folding import fold
from foodchassis.kernel.machine import Guard, IllegalTransitionError, Machine, Step
from foodchassis.kernel.production import Danger
from foodchassis.kernel.tasks import background, end
from foodchassis.kernel.types import (
    Latitude,
    Longitude,
    LongText,
    PartsPerMillion,
    PostalCode,
    line,
    lines,
    new_id_text,
    unset,
)

__all__ = [
    "MINOR_UNITS",
    "Announcement",
    "BadRequestError",
    "BusyError",
    "Danger",
    "Decision",
    "Effect",
    "Envelope",
    "Guard",
    "HeadersTooLargeError",
    "IllegalTransitionError",
    "Latitude",
    "LongText",
    "Longitude",
    "Machine",
    "MalformedRequestError",
    "PartsPerMillion",
    "Policy",
    "PostalCode",
    "PreconditionFailedError",
    "ServiceError",
    "Step",
    "Timer",
    "TooManyRequestsError",
    "background",
    "current_cause",
    "end",
    "fold",
    "known_currency",
    "line",
    "lines",
    "most_of",
    "new_id_text",
    "share",
    "unset",
]
