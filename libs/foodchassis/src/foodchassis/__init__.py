"""The public names that most services need; rarer ones are exported by the subpackages."""

from foodchassis.app import create_service
from foodchassis.kernel.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
    UnprocessableError,
)
from foodchassis.kernel.events import Event
from foodchassis.kernel.resources import Resources
from foodchassis.kernel.settings import ServiceSettings
from foodchassis.kernel.types import Amount, Currency, Id, Schema, Text, Timestamp, first_id, new_id, now
from foodchassis.messaging.handlers import EventRouter
from foodchassis.messaging.outbox import publish
from foodchassis.messaging.process import process
from foodchassis.storage.chassis import delete_stored_responses
from foodchassis.storage.database import Database, SessionDep, Versioned, resources, settings_of
from foodchassis.telemetry import semconv
from foodchassis.telemetry.metrics import at_zero
from foodchassis.telemetry.tracing import annotate, traceparent
from foodchassis.web.auth import CurrentUser, Public, require_role
from foodchassis.web.idempotency import OnceOnly
from foodchassis.web.pagination import Page, PageDep, PageQuery, Since
from foodchassis.web.refusals import refusals
from foodchassis.web.tokens import Principal

__all__ = [
    "Amount",
    "ConflictError",
    "Currency",
    "CurrentUser",
    "Database",
    "Event",
    "EventRouter",
    "ForbiddenError",
    "Id",
    "NotFoundError",
    "OnceOnly",
    "Page",
    "PageDep",
    "PageQuery",
    "Principal",
    "Public",
    "Resources",
    "Schema",
    "ServiceSettings",
    "SessionDep",
    "Since",
    "Text",
    "Timestamp",
    "UnauthorizedError",
    "UnavailableError",
    "UnprocessableError",
    "Versioned",
    "annotate",
    "at_zero",
    "create_service",
    "delete_stored_responses",
    "first_id",
    "new_id",
    "now",
    "process",
    "publish",
    "refusals",
    "require_role",
    "resources",
    "semconv",
    "settings_of",
    "traceparent",
]
