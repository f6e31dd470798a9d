"""`Idempotency-Key`: the first answer is stored with its effect, and a repeat gets the same answer."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, ParamSpec, TypeVar
from uuid import UUID, uuid5

from fastapi import Depends, FastAPI, Header, Request, Response
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel.errors import BadRequestError, UnprocessableError
from foodchassis.storage.database import driver
from foodchassis.web.auth import CurrentUser
from foodchassis.web.tokens import Principal

# By hand: they stand in the path of every order, where Core would cost as much again as the order itself.
ANSWER = "SELECT fingerprint, status, body FROM idempotency_keys WHERE owner = %s AND key = %s"
CLAIM = (
    "INSERT INTO idempotency_keys (owner, key, fingerprint, status, body) VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT DO NOTHING RETURNING key"
)
P = ParamSpec("P")
R = TypeVar("R")


class MissingIdempotencyKeyError(BadRequestError):
    """The request would not be safe to repeat."""

    title = "An Idempotency-Key header is needed"


class ReusedIdempotencyKeyError(UnprocessableError):
    """The key has been used for a different request."""

    title = "This Idempotency-Key belongs to another request"


class AnsweredBeforeError(Exception):
    """The request was answered before; carries that answer and undoes the repeated work."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__("answered before")
        self.status = status
        self.body = body


async def _replay(_: Request, error: Exception) -> Response:
    assert isinstance(error, AnsweredBeforeError)
    return Response(error.body, error.status, {"Idempotency-Replayed": "true"}, media_type="application/json")


def install(app: FastAPI) -> None:
    """Make `app` answer a repeated request with its first answer."""
    app.add_exception_handler(AnsweredBeforeError, _replay)


class Once:
    """Runs a use case once per caller and key."""

    def __init__(self, request: Request, user: Principal, key: str, fingerprint: bytes) -> None:
        self._route = request.scope["route"]
        self._owner = user.id
        self._key = key
        self._fingerprint = fingerprint

    @property
    def id(self) -> UUID:
        """The request's own id, the same for every repeat of it: for an effect that outlives a rollback."""
        return uuid5(self._owner, f"{self._key}\n{self._fingerprint.hex()}")

    async def __call__(self, use_case: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `use_case(session, …)`, or answer as the first time.

        Raises ReusedIdempotencyKeyError when the key came with another request before.
        """
        session = args[0]
        assert isinstance(session, AsyncSession)
        await self.replay(session)
        result = await use_case(*args, **kwargs)
        status = self._route.status_code or 200
        claim = (self._owner, self._key, self._fingerprint, status, self._body(result))
        claimed = await (await driver(session)).execute(CLAIM, claim)
        if await claimed.fetchone() is None:
            # A twin was faster; ours is undone by the exception this raises.
            await self.replay(session)
        return result

    def _body(self, result: Any) -> bytes:
        model: type[BaseModel] = self._route.response_model
        return model.model_validate(result, from_attributes=True).model_dump_json().encode()

    async def replay(self, session: AsyncSession) -> None:
        """Answer as the first time if the request was answered before, by an exception; else do nothing.

        Raises ReusedIdempotencyKeyError when the key came with another request before.
        """
        found = await (await driver(session)).execute(ANSWER, (self._owner, self._key))
        stored = await found.fetchone()
        if stored is None:
            return
        fingerprint, status, body = stored
        if fingerprint != self._fingerprint:
            raise ReusedIdempotencyKeyError("Use a new key for a new request.")
        raise AnsweredBeforeError(status, body)


async def _once(
    request: Request,
    user: CurrentUser,
    key: Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)] = None,
) -> Once:
    if key is None:
        raise MissingIdempotencyKeyError(
            "Send `Idempotency-Key: <a new UUID>`, and the same one when you repeat the request."
        )
    what = f"{request.method} {request.url.path}\n".encode() + await request.body()
    return Once(request, user, key, hashlib.sha256(what).digest())


OnceOnly = Annotated[Once, Depends(_once)]
