"""What the gateway itself refuses, before or instead of a service."""

from typing import ClassVar

from foodchassis import UnavailableError
from foodchassis.kernel import BadRequestError, ServiceError, TooManyRequestsError

CLOSE = {"Connection": "close"}


class UnsafePathError(BadRequestError):
    """A path that another reader might resolve to a different place."""

    title = "The path is not safe"


class MethodRefusedError(ServiceError):
    """No service behind the gateway knows this method."""

    status = 405
    title = "The method is not allowed"
    headers: ClassVar[dict[str, str]] = {"Allow": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"}


class SlowHeadError(ServiceError):
    """The client took too long to send a request's head."""

    status = 408
    title = "The head came too slowly"
    headers: ClassVar[dict[str, str]] = CLOSE


class SlowBodyError(ServiceError):
    """The client took too long to send what it announced."""

    status = 408
    title = "The body came too slowly"
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
    """One caller has its whole share of something in use."""

    title = "Your share is in use"


class AllInUseError(UnavailableError):
    """The gateway has all of something in use; the services are not to blame."""

    title = "The gateway is full"


class TooManyConnectionsError(UnavailableError):
    """The address, or the gateway, has as many connections as are allowed."""

    title = "There are too many connections"
    headers: ClassVar[dict[str, str]] = CLOSE


class BadAnswerError(ServiceError):
    """The service answered with something that is no HTTP answer."""

    status = 502
    title = "The service gave no usable answer"


class ServiceDownError(UnavailableError):
    """The service can't be reached."""

    title = "The service is down"


class CircuitOpenError(UnavailableError):
    """The service failed just now, and is not called for a while."""

    title = "Circuit breaker open"


class ServiceTimeoutError(ServiceError):
    """The service took too long."""

    status = 504
    title = "The service took too long"
    retry_after = 2
