"""The errors of the gateway itself."""

from typing import ClassVar

from foodchassis import UnavailableError
from foodchassis.kernel import BadRequestError, ServiceError, TooManyRequestsError

CLOSE = {"Connection": "close"}


class UnsafePathError(BadRequestError):
    """A path that other software might resolve differently."""

    title = "The path is not safe"


class MethodRefusedError(ServiceError):
    """No service behind the gateway supports this method."""

    status = 405
    title = "The method is not allowed"
    headers: ClassVar[dict[str, str]] = {"Allow": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"}


class SlowHeadError(ServiceError):
    """The client took too long to send a request's head."""

    status = 408
    title = "The request head was sent too slowly"
    headers: ClassVar[dict[str, str]] = CLOSE


class SlowBodyError(ServiceError):
    """The client took too long to send the body."""

    status = 408
    title = "The body was sent too slowly"
    headers: ClassVar[dict[str, str]] = CLOSE


class BodyTooLargeError(ServiceError):
    """The body is over the limit."""

    status = 413
    title = "The body is too large"
    headers: ClassVar[dict[str, str]] = CLOSE


class TargetTooLongError(ServiceError):
    """Path and query together are over the limit."""

    status = 414
    title = "The path and query are too long"


class RateLimitedError(TooManyRequestsError):
    """A bucket of this caller or address is empty."""


class ShareInUseError(TooManyRequestsError):
    """One caller has reached its share of a limit."""

    title = "Your limit of concurrent uses is reached"


class AllInUseError(UnavailableError):
    """The gateway has reached a limit; no service has failed."""

    title = "The gateway has reached a limit of concurrent uses"


class TooManyConnectionsError(UnavailableError):
    """The address, or the gateway, has the maximum number of connections."""

    title = "Too many connections"
    headers: ClassVar[dict[str, str]] = CLOSE


class BadAnswerError(ServiceError):
    """The service did not return a valid HTTP response."""

    status = 502
    title = "The service returned no usable response"


class ServiceDownError(UnavailableError):
    """The service is unreachable."""

    title = "The service is down"


class CircuitOpenError(UnavailableError):
    """The service failed repeatedly, and is not called for a while."""

    title = "Circuit breaker open"


class ServiceTimeoutError(ServiceError):
    """The service took too long."""

    status = 504
    title = "The service took too long"
    retry_after = 2
