"""`Idempotency-Key`: the response is stored in the transaction of the request, and a repeat gets the same response."""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, ParamSpec, TypeVar
from uuid import UUID, uuid5

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Depends, FastAPI, Header, Request, Response
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession
from typing_extensions import override

from foodchassis.kernel.errors import BadRequestError, BusyError, UnprocessableError
from foodchassis.storage.database import transaction_of
from foodchassis.storage.pipeline import Rows
from foodchassis.storage.transaction import Statement, Transaction
from foodchassis.web.auth import CurrentUser
from foodchassis.web.tokens import Principal

# Claimed before the work, so that a concurrent repeat waits; the response is stored in the same transaction.
CLAIM = """
    INSERT INTO idempotency_keys (owner, key, fingerprint, status, body)
    VALUES (%(owner)s, %(key)s, %(fingerprint)s, 0, '') ON CONFLICT DO NOTHING RETURNING true
"""
ANSWER = "SELECT fingerprint, status, body FROM idempotency_keys WHERE owner = %(owner)s AND key = %(key)s"
STORE_ANSWER = """
    UPDATE idempotency_keys SET status = %(status)s, body = %(body)s WHERE owner = %(owner)s AND key = %(key)s
"""
# As long as a UUID without dashes: the key of a response with a secret must not be guessed.
SECRET_LENGTH = 32
NONCE = 12
P = ParamSpec("P")
R = TypeVar("R")


class MissingIdempotencyKeyError(BadRequestError):
    """The request needs an Idempotency-Key, because it is not safe to repeat without one."""

    title = "The header Idempotency-Key is required"


class ReusedIdempotencyKeyError(UnprocessableError):
    """The key has been used for a different request."""

    title = "This Idempotency-Key belongs to another request"


class ClaimedError(Exception):
    """The key has been used before."""


class AnsweredBeforeError(Exception):
    """The request is a repeat; carries the stored response and rolls back the repeated work."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__("answered before")
        self.status = status
        self.body = body


async def _replay(request: Request, error: Exception) -> Response:
    assert isinstance(error, AnsweredBeforeError)
    headers = {"Idempotency-Replayed": "true", "Cache-Control": "no-store"}
    if error.status == HTTPStatus.CREATED:
        headers["Location"] = _location(request, orjson.loads(error.body)["id"])
    return Response(error.body, error.status, headers, media_type="application/json")


def _location(request: Request, created: object) -> str:
    return f"{request.url.path}/{created}"


def install(app: FastAPI) -> None:
    """Make `app` answer a repeated request with the stored response."""
    app.add_exception_handler(AnsweredBeforeError, _replay)


class Runner:
    """Runs a use case, and sets the Location header of the created object."""

    def __init__(self, request: Request, response: Response) -> None:
        self._request = request
        self._response = response
        self._route = request.scope["route"]
        self._status = self._route.status_code or HTTPStatus.OK

    async def __call__(self, use_case: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `use_case`."""
        result = await use_case(*args, **kwargs)
        if self._status == HTTPStatus.CREATED:
            created: Any = result
            self._response.headers["Location"] = _location(self._request, created.id)
        return result


class Once(Runner):
    """Runs a use case once per caller and key."""

    def __init__(self, request: Request, response: Response, user: Principal, *, key: str, fingerprint: bytes) -> None:
        super().__init__(request, response)
        self._owner = user.id
        self._key = key
        self._fingerprint = fingerprint

    @property
    def id(self) -> UUID:
        """The id of the request, the same for every repeat; for effects outside the transaction."""
        return uuid5(self._owner, f"{self._key}\n{self._fingerprint.hex()}")

    @override
    async def __call__(self, use_case: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `use_case(session, …)`, or return the stored response.

        Raises ReusedIdempotencyKeyError when the key was used for another request.
        """
        transaction = await _transaction(args[0])
        mine = {"owner": self._owner, "key": self._key}
        claimed = False

        def claim(rows: Rows) -> None:
            nonlocal claimed
            if not rows:
                raise ClaimedError
            claimed = True

        try:
            await transaction.put(Statement(CLAIM, {**mine, "fingerprint": self._fingerprint}, claim))
            body = self._body(await super().__call__(use_case, *args, **kwargs))
            if not claimed:
                await transaction.send()
        except ClaimedError as error:
            await self.replay(transaction)
            raise BusyError("The stored response has just been deleted; repeat the request.") from error
        await transaction.put(Statement(STORE_ANSWER, {**mine, "status": self._status, "body": self._sealed(body)}))
        # Otherwise FastAPI would validate and serialise the response a second time.
        answer: Any = Response(body, self._status, {**self._response.headers}, media_type="application/json")
        return answer  # type: ignore[no-any-return]

    def _body(self, result: Any) -> bytes:
        model: type[BaseModel] = self._route.response_model
        return model.model_validate(result, from_attributes=True).model_dump_json().encode()

    async def replay(self, work: AsyncSession | Transaction) -> None:
        """Raise the stored response of a repeated request as an exception; do nothing for a first request.

        Raises ReusedIdempotencyKeyError when the key was used for another request.
        """
        query = Statement(ANSWER, {"owner": self._owner, "key": self._key})
        (rows,) = await (await _transaction(work)).send(query)
        if not rows:
            return
        ((fingerprint, status, body),) = rows
        if fingerprint != self._fingerprint:
            raise ReusedIdempotencyKeyError("Use a new key for a new request.")
        raise AnsweredBeforeError(status, self._opened(body))

    def _sealed(self, body: bytes) -> bytes:
        """Return the response as it is stored."""
        return body

    def _opened(self, stored: bytes) -> bytes:
        """Return the response from its stored form."""
        return stored


class OnceSealed(Once):
    """Runs a use case once whose response has a secret: stored encrypted with the key, and the key as a digest."""

    def __init__(self, request: Request, response: Response, user: Principal, *, key: str, what: bytes) -> None:
        digest = hashlib.sha256(key.encode()).hexdigest()
        fingerprint = hmac.digest(key.encode(), b"request " + what, "sha256")
        super().__init__(request, response, user, key=f"sealed:{digest}", fingerprint=fingerprint)
        self._cipher = AESGCM(hmac.digest(key.encode(), b"answer", "sha256"))

    @override
    def _sealed(self, body: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, body, None)

    @override
    def _opened(self, stored: bytes) -> bytes:
        return self._cipher.decrypt(stored[:NONCE], stored[NONCE:], None)


async def _transaction(work: Any) -> Transaction:
    return work if isinstance(work, Transaction) else await transaction_of(work)


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="a new UUID for each request; a repeat with the same key returns the first response",
    ),
]


SecretKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=SECRET_LENGTH,
        max_length=200,
        description="a new UUID for each request; a repeat with the same key returns the first response, "
        "which is stored encrypted with the key",
    ),
]


async def once_always(request: Request, response: Response, user: CurrentUser, key: Key = None) -> Once:
    """Return the runner of a use case. Raises MissingIdempotencyKeyError without a key."""
    if key is None:
        raise MissingIdempotencyKeyError(
            "Send `Idempotency-Key: <a new UUID>`, and the same one when you repeat the request."
        )
    return Once(request, response, user, key=key, fingerprint=hashlib.sha256(await _what(request)).digest())


async def _what(request: Request) -> bytes:
    """Return the bytes that distinguish requests."""
    return f"{request.method} {request.url.path}\n".encode() + await request.body()


async def once_if_keyed(request: Request, response: Response, user: CurrentUser, key: Key = None) -> Runner:
    """Return the runner of a use case: once per key, or each time if the request has no key."""
    return await once_always(request, response, user, key) if key else Runner(request, response)


async def once_with_secret(request: Request, response: Response, user: CurrentUser, key: SecretKey = None) -> Runner:
    """Return the runner of a use case whose response has a secret: once per key, or each time without a key."""
    response.headers["Cache-Control"] = "no-store"
    return OnceSealed(request, response, user, key=key, what=await _what(request)) if key else Runner(request, response)


OnceOnly = Annotated[Once, Depends(once_always)]
OnceIfKeyed = Annotated[Runner, Depends(once_if_keyed)]
OnceWithSecret = Annotated[Runner, Depends(once_with_secret)]
