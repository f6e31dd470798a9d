"""The front door of the chassis: all that a service imports."""

from foodchassis.app import create_service
from foodchassis.kernel.currencies import MINOR_UNITS, known_currency, most_of, share
from foodchassis.kernel.decision import Announcement, Decision, Effect, Policy, Timer
from foodchassis.kernel.errors import (
    BadRequestError,
    BusyError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PreconditionFailedError,
    ServiceError,
    TooManyRequestsError,
    UnauthorizedError,
    UnavailableError,
    UnprocessableError,
)
from foodchassis.kernel.events import Envelope, Event, current_cause
from foodchassis.kernel.machine import Guard, IllegalTransitionError, Machine, Step
from foodchassis.kernel.production import Danger
from foodchassis.kernel.resources import Resources
from foodchassis.kernel.settings import ServiceSettings
from foodchassis.kernel.tasks import background, end
from foodchassis.kernel.types import (
    Amount,
    Currency,
    Id,
    Latitude,
    Longitude,
    LongText,
    PartsPerMillion,
    PostalCode,
    Schema,
    Text,
    Timestamp,
    first_id,
    new_id,
    now,
)
from foodchassis.messaging.deadlines import clear_deadline, set_deadline
from foodchassis.messaging.effects import Effects
from foodchassis.messaging.handlers import EventRouter
from foodchassis.messaging.outbox import publish, publish_all
from foodchassis.messaging.process import Aggregate, apply, load, opening, process
from foodchassis.storage.chassis import forget_answers
from foodchassis.storage.database import (
    Database,
    SessionDep,
    TransactionDep,
    Versioned,
    after_commit,
    connection_of,
    resources,
    settings_of,
    transaction_of,
)
from foodchassis.storage.pipeline import Rows
from foodchassis.storage.transaction import Statement, Transaction
from foodchassis.telemetry import semconv
from foodchassis.telemetry.metrics import at_zero
from foodchassis.telemetry.tracing import annotate, link, step, trace_id, traceparent
from foodchassis.web.auth import CurrentUser, Public, require_role, scope
from foodchassis.web.deprecation import Deprecation
from foodchassis.web.feed import Feed
from foodchassis.web.idempotency import OnceIfKeyed, OnceOnly
from foodchassis.web.pagination import Page, PageDep, PageQuery, Since
from foodchassis.web.preconditions import ExpectedVersion, Tagged, Versions
from foodchassis.web.refusals import refusals, share_refusals
from foodchassis.web.resources import ResourcesDep
from foodchassis.web.revocations import Revocations
from foodchassis.web.streams import Events, EventStream, Reader, event_text, feeding, follow
from foodchassis.web.tickets import LastSeen, StreamUser, issue_ticket
from foodchassis.web.tokens import Principal, TokenVerifier

__all__ = [
    "MINOR_UNITS",
    "Aggregate",
    "Amount",
    "Announcement",
    "BadRequestError",
    "BusyError",
    "ConflictError",
    "Currency",
    "CurrentUser",
    "Danger",
    "Database",
    "Decision",
    "Deprecation",
    "Effect",
    "Effects",
    "Envelope",
    "Event",
    "EventRouter",
    "EventStream",
    "Events",
    "ExpectedVersion",
    "Feed",
    "ForbiddenError",
    "Guard",
    "Id",
    "IllegalTransitionError",
    "LastSeen",
    "Latitude",
    "LongText",
    "Longitude",
    "Machine",
    "NotFoundError",
    "OnceIfKeyed",
    "OnceOnly",
    "Page",
    "PageDep",
    "PageQuery",
    "PartsPerMillion",
    "Policy",
    "PostalCode",
    "PreconditionFailedError",
    "Principal",
    "Public",
    "Reader",
    "Resources",
    "ResourcesDep",
    "Revocations",
    "Rows",
    "Schema",
    "ServiceError",
    "ServiceSettings",
    "SessionDep",
    "Since",
    "Statement",
    "Step",
    "StreamUser",
    "Tagged",
    "Text",
    "Timer",
    "Timestamp",
    "TokenVerifier",
    "TooManyRequestsError",
    "Transaction",
    "TransactionDep",
    "UnauthorizedError",
    "UnavailableError",
    "UnprocessableError",
    "Versioned",
    "Versions",
    "after_commit",
    "annotate",
    "apply",
    "at_zero",
    "background",
    "clear_deadline",
    "connection_of",
    "create_service",
    "current_cause",
    "end",
    "event_text",
    "feeding",
    "first_id",
    "follow",
    "forget_answers",
    "issue_ticket",
    "known_currency",
    "link",
    "load",
    "most_of",
    "new_id",
    "now",
    "opening",
    "process",
    "publish",
    "publish_all",
    "refusals",
    "require_role",
    "resources",
    "scope",
    "semconv",
    "set_deadline",
    "settings_of",
    "share",
    "share_refusals",
    "step",
    "trace_id",
    "traceparent",
    "transaction_of",
]
