"""The front door of the chassis: all that a service imports."""

from foodchassis.app import create_service
from foodchassis.kernel.decision import Announcement, Decision, Effect, Timer
from foodchassis.kernel.errors import (
    BadRequestError,
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
    Schema,
    Text,
    Timestamp,
    new_id,
    now,
)
from foodchassis.messaging.deadlines import clear_deadline, set_deadline
from foodchassis.messaging.handlers import EventRouter
from foodchassis.messaging.outbox import outgoing, publish
from foodchassis.storage.database import Database, SessionDep, Versioned, after_commit, driver, resources, settings_of
from foodchassis.telemetry import semconv
from foodchassis.telemetry.metrics import LATENCY_BUCKETS, at_zero, exemplar
from foodchassis.telemetry.tracing import annotate, link, span, step, trace_id, traceparent
from foodchassis.web.auth import CurrentUser, Public, require_role
from foodchassis.web.idempotency import OnceOnly
from foodchassis.web.middleware import RequestId, Traced
from foodchassis.web.pagination import Page, PageDep, PageQuery
from foodchassis.web.preconditions import ExpectedVersion
from foodchassis.web.problems import on_service_error
from foodchassis.web.refusals import refusals
from foodchassis.web.resources import ResourcesDep
from foodchassis.web.revocations import Revocations
from foodchassis.web.tokens import Principal, TokenVerifier

__all__ = [
    "LATENCY_BUCKETS",
    "Amount",
    "Announcement",
    "BadRequestError",
    "ConflictError",
    "Currency",
    "CurrentUser",
    "Database",
    "Decision",
    "Effect",
    "Envelope",
    "Event",
    "EventRouter",
    "ExpectedVersion",
    "ForbiddenError",
    "Guard",
    "Id",
    "IllegalTransitionError",
    "Latitude",
    "LongText",
    "Longitude",
    "Machine",
    "NotFoundError",
    "OnceOnly",
    "Page",
    "PageDep",
    "PageQuery",
    "PreconditionFailedError",
    "Principal",
    "Public",
    "RequestId",
    "Resources",
    "ResourcesDep",
    "Revocations",
    "Schema",
    "ServiceError",
    "ServiceSettings",
    "SessionDep",
    "Step",
    "Text",
    "Timer",
    "Timestamp",
    "TokenVerifier",
    "TooManyRequestsError",
    "Traced",
    "UnauthorizedError",
    "UnavailableError",
    "UnprocessableError",
    "Versioned",
    "after_commit",
    "annotate",
    "at_zero",
    "background",
    "clear_deadline",
    "create_service",
    "current_cause",
    "driver",
    "end",
    "exemplar",
    "link",
    "new_id",
    "now",
    "on_service_error",
    "outgoing",
    "publish",
    "refusals",
    "require_role",
    "resources",
    "semconv",
    "set_deadline",
    "settings_of",
    "span",
    "step",
    "trace_id",
    "traceparent",
]
