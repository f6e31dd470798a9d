"""Tickets for streams: a browser's EventSource sends no Authorization header, so its URL contains a one-time ticket."""

import hashlib
import secrets
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Header, Query, Request
from redis.asyncio import Redis

from foodchassis.kernel.errors import ForbiddenError, UnauthorizedError, UnavailableError
from foodchassis.kernel.resources import Resources
from foodchassis.web.auth import bearer, current_user, record_read
from foodchassis.web.resources import ResourcesDep
from foodchassis.web.revocations import Revocations
from foodchassis.web.tokens import Principal

SECONDS = 60
NUMBER = "^[0-9]{1,14}$"


class InvalidTicketError(UnauthorizedError):
    """The ticket is unknown, was used, or has expired."""

    title = "The ticket is not valid"


class NoTicketsError(UnavailableError):
    """Tickets are stored in Redis, which is down or not configured."""

    title = "Tickets are not available now"


async def issue_ticket(resources: Resources, user: Principal) -> str:
    """Return a ticket with which one stream can be opened as `user`, within a minute.

    Raises NoTicketsError, and ForbiddenError to an API client: a ticket has no scopes.
    """
    if user.scopes is not None:
        raise ForbiddenError("Tickets are for browsers; send the access token in the header Authorization.")
    ticket = secrets.token_urlsafe(32)
    holder = {"id": str(user.id), "roles": sorted(user.roles), "session": user.session}
    await _redis(resources).set(_key(ticket), orjson.dumps(holder), ex=SECONDS)
    return ticket


async def _redeem(resources: Resources, ticket: str) -> Principal:
    stored = await _redis(resources).getdel(_key(ticket))
    if stored is None:
        raise InvalidTicketError("Ask for a new one with `POST /auth/stream-ticket`: each is valid once, for a minute.")
    holder = orjson.loads(stored)
    user = Principal(UUID(holder["id"]), frozenset(holder["roles"]), holder["session"])
    if user.revoked(resources.get(Revocations)):
        raise InvalidTicketError("Its log-in has ended; log in again.")
    return user


async def stream_user(
    request: Request,
    resources: ResourcesDep,
    token: Annotated[str | None, Depends(bearer)],
    ticket: Annotated[
        str | None,
        Query(max_length=100, description="a ticket of `POST /auth/stream-ticket`, for clients that send no headers"),
    ] = None,
) -> Principal:
    """Return the caller of a stream, by access token or by ticket. Raises UnauthorizedError."""
    if token is None and ticket is not None:
        user = await _redeem(resources, ticket)
        await record_read(request, resources, user)
        return user
    return await current_user(request, resources, token)


stream_user.authenticates = True  # type: ignore[attr-defined]


async def last_seen(
    header: Annotated[
        str | None, Header(alias="Last-Event-ID", pattern=NUMBER, description="the `id` of the last received event")
    ] = None,
    last_event_id: Annotated[
        str | None, Query(pattern=NUMBER, description="the same, for clients that send no headers")
    ] = None,
) -> int:
    """Return the number of the last event that a client received, or 0."""
    return int(header or last_event_id or 0)


def _redis(resources: Resources) -> Redis:
    redis = resources.find(Redis)
    if redis is None:
        raise NoTicketsError("Send an access token in the header Authorization instead.")
    return redis


def _key(ticket: str) -> str:
    # A digest, so that read access to Redis is not enough to open a stream.
    return f"stream-ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"


StreamUser = Annotated[Principal, Depends(stream_user)]
LastSeen = Annotated[int, Depends(last_seen)]
