"""The errors of a service, which become problem+json (RFC 9457)."""

import re
from typing import Any, ClassVar


class ServiceError(Exception):
    """A refusal with an HTTP status; the class is the problem's type, the message its detail."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "The service failed"
    retry_after: int | None = None
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra = extra

    @classmethod
    def slug(cls) -> str:
        """Name the problem's type in words joined by dashes: NoteNotFoundError is note-not-found."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__.removesuffix("Error")).lower()


class BadRequestError(ServiceError):
    """The request cannot be read, or lacks a required header."""

    status = 400
    title = "The request cannot be read"


class MalformedRequestError(BadRequestError):
    """The request is not valid HTTP, or its framing or headers are ambiguous."""

    title = "The request is malformed"
    headers: ClassVar[dict[str, str]] = {"Connection": "close"}


class HeadersTooLargeError(ServiceError):
    """The headers are over the limit, in number or in size."""

    status = 431
    title = "The headers are too large"
    headers: ClassVar[dict[str, str]] = {"Connection": "close"}


class UnauthorizedError(ServiceError):
    """No valid access token came with the request."""

    status = 401
    title = "Log in first"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class ForbiddenError(ServiceError):
    """The caller is known and may not do this."""

    status = 403
    title = "Your role may not do this"


class NotFoundError(ServiceError):
    """The object does not exist, or the caller may not see it."""

    status = 404
    title = "There is no such thing"


class ConflictError(ServiceError):
    """The current state of the object does not allow the request."""

    status = 409
    title = "The present state does not allow this"


class PreconditionFailedError(ServiceError):
    """The object has changed since the caller read it (If-Match)."""

    status = 412
    title = "It has changed since you read it"


class UnprocessableError(ServiceError):
    """The request is well formed but violates a business rule."""

    status = 422
    title = "The request breaks a rule"


class TooManyRequestsError(ServiceError):
    """The caller must slow down."""

    status = 429
    title = "Too many requests"
    retry_after = 1


class UnavailableError(ServiceError):
    """A dependency of this service is down."""

    status = 503
    title = "Temporarily unavailable"
    retry_after = 2


class BusyError(UnavailableError):
    """Another transaction has locked the row, or has just created it: try again shortly."""

    title = "Another change is under way"
