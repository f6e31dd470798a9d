"""The front door of the chassis: all that a service imports."""

from foodchassis import semconv
from foodchassis.app import create_service
from foodchassis.auth import CurrentUser, Public, require_role
from foodchassis.database import Database, SessionDep, Versioned, after_commit, driver
from foodchassis.deadlines import clear_deadline, set_deadline
from foodchassis.errors import (
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
from foodchassis.events import Envelope, Event, current_cause
from foodchassis.handlers import EventRouter
from foodchassis.idempotency import OnceOnly
from foodchassis.machine import Guard, IllegalTransitionError, Machine, Step
from foodchassis.middleware import RequestId, Traced
from foodchassis.outbox import outgoing, publish
from foodchassis.pagination import Page, PageDep, PageQuery
from foodchassis.preconditions import ExpectedVersion
from foodchassis.problems import on_service_error
from foodchassis.refusals import refusals
from foodchassis.resources import Resources, ResourcesDep, resources
from foodchassis.settings import ServiceSettings
from foodchassis.tasks import background, end
from foodchassis.tokens import Principal
from foodchassis.tracing import annotate, link, span, step, trace_id, traceparent
from foodchassis.types import Amount, Currency, Id, Latitude, Longitude, LongText, Schema, Text, Timestamp, new_id, now

__all__ = [
    "Amount",
    "BadRequestError",
    "ConflictError",
    "Currency",
    "CurrentUser",
    "Database",
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
    "Schema",
    "ServiceError",
    "ServiceSettings",
    "SessionDep",
    "Step",
    "Text",
    "Timestamp",
    "TooManyRequestsError",
    "Traced",
    "UnauthorizedError",
    "UnavailableError",
    "UnprocessableError",
    "Versioned",
    "after_commit",
    "annotate",
    "background",
    "clear_deadline",
    "create_service",
    "current_cause",
    "driver",
    "end",
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
    "span",
    "step",
    "trace_id",
    "traceparent",
]
