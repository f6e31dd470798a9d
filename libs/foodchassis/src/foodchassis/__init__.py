"""The front door of the chassis: all that a service imports."""

from foodchassis.app import create_service
from foodchassis.kernel.currencies import MINOR_UNITS, known_currency, most_of
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
    new_id_text,
    now,
)
from foodchassis.messaging.deadlines import clear_deadline, set_deadline
from foodchassis.messaging.effects import Effects
from foodchassis.messaging.handlers import EventRouter
from foodchassis.messaging.outbox import outgoing, publish
from foodchassis.messaging.process import Aggregate, apply, load, opening, process
from foodchassis.storage.chassis import (
    PUBLISH,
    START_TIMERS,
    forget_answers,
    outbox_parameters,
    start_timers,
    timer_parameters,
)
from foodchassis.storage.database import (
    Database,
    SessionDep,
    TransactionDep,
    Versioned,
    after_commit,
    driver,
    resources,
    settings_of,
    transaction_of,
)
from foodchassis.storage.pipeline import Rows
from foodchassis.storage.transaction import Statement, Transaction
from foodchassis.telemetry import semconv
from foodchassis.telemetry.logging import request_ids, speaks
from foodchassis.telemetry.metrics import LATENCY_BUCKETS, at_zero, exemplar
from foodchassis.telemetry.tracing import annotate, as_traceparent, begin_span, link, span, step, trace_id, traceparent
from foodchassis.web.auth import CurrentUser, Public, require_role
from foodchassis.web.feed import Feed
from foodchassis.web.idempotency import OnceIfKeyed, OnceOnly
from foodchassis.web.middleware import RequestId, Traced
from foodchassis.web.pagination import Page, PageDep, PageQuery, Since
from foodchassis.web.preconditions import ExpectedVersion, Tagged, Versions
from foodchassis.web.problems import on_service_error
from foodchassis.web.refusals import refusals, share_refusals
from foodchassis.web.resources import ResourcesDep
from foodchassis.web.revocations import Revocations
from foodchassis.web.streams import Events, EventStream, Reader, event_text, feeding, follow
from foodchassis.web.tickets import LastSeen, StreamUser, issue_ticket
from foodchassis.web.tokens import Principal, TokenVerifier

__all__ = [
    "LATENCY_BUCKETS",
    "MINOR_UNITS",
    "PUBLISH",
    "START_TIMERS",
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
    "RequestId",
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
    "Traced",
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
    "as_traceparent",
    "at_zero",
    "background",
    "begin_span",
    "clear_deadline",
    "create_service",
    "current_cause",
    "driver",
    "end",
    "event_text",
    "exemplar",
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
    "new_id_text",
    "now",
    "on_service_error",
    "opening",
    "outbox_parameters",
    "outgoing",
    "process",
    "publish",
    "refusals",
    "request_ids",
    "require_role",
    "resources",
    "semconv",
    "set_deadline",
    "settings_of",
    "share_refusals",
    "span",
    "speaks",
    "start_timers",
    "step",
    "timer_parameters",
    "trace_id",
    "traceparent",
    "transaction_of",
]
