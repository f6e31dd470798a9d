"""HTTP: authentication, problem+json, idempotency, pagination, streams, health."""

from foodchassis.web.auth import scope
from foodchassis.web.deprecation import Deprecation
from foodchassis.web.feed import Feed
from foodchassis.web.idempotency import OnceIfKeyed, OnceWithSecret
from foodchassis.web.middleware import RequestId, Traced
from foodchassis.web.preconditions import ExpectedTags, ExpectedVersion, Tagged, Tags, Versions
from foodchassis.web.problems import on_service_error
from foodchassis.web.refusals import share_refusals
from foodchassis.web.resources import ResourcesDep
from foodchassis.web.revocations import Revocations
from foodchassis.web.server import HttpProtocol
from foodchassis.web.streams import Events, EventStream, Reader, event_text, feeding, follow
from foodchassis.web.tickets import LastSeen, StreamUser, issue_ticket
from foodchassis.web.tokens import TokenVerifier

__all__ = [
    "Deprecation",
    "EventStream",
    "Events",
    "ExpectedTags",
    "ExpectedVersion",
    "Feed",
    "HttpProtocol",
    "LastSeen",
    "OnceIfKeyed",
    "OnceWithSecret",
    "Reader",
    "RequestId",
    "ResourcesDep",
    "Revocations",
    "StreamUser",
    "Tagged",
    "Tags",
    "TokenVerifier",
    "Traced",
    "Versions",
    "event_text",
    "feeding",
    "follow",
    "issue_ticket",
    "on_service_error",
    "scope",
    "share_refusals",
]
