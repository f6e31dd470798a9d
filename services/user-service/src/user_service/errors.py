"""The errors of this service."""

from typing import ClassVar

from foodchassis import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
    UnprocessableError,
)
from foodchassis.kernel import BadRequestError, TooManyRequestsError


class EmailTakenError(ConflictError):
    """The e-mail address belongs to another account."""

    title = "This e-mail address already has an account"


class UserNotFoundError(NotFoundError):
    """There is no such account; a token can remain valid briefly after its account was erased."""

    title = "There is no such user"


class LinkInvalidError(BadRequestError):
    """A link from an e-mail was used before, has expired or was never sent."""

    title = "This link is not valid"


class WrongPasswordError(ForbiddenError):
    """The current password, which a change requires, is wrong."""

    title = "The password is wrong"


class WeakPasswordError(UnprocessableError):
    """The new password is easy to guess."""

    title = "The password is easy to guess"


class AdminStaysError(ForbiddenError):
    """An admin requested erasure; the system must not lose its last admin by a request."""

    title = "An admin cannot be erased by request"


class SessionNotFoundError(NotFoundError):
    """The account has no such log-in: it has ended or never existed."""

    title = "There is no such session"


class AddressNotFoundError(NotFoundError):
    """The caller has no such address."""

    title = "There is no such address"


class TooManyAddressesError(ConflictError):
    """The account has the maximum number of addresses."""

    title = "Too many addresses"


class ApiClientNotFoundError(NotFoundError):
    """The caller has no such API client."""

    title = "There is no such API client"


class TooManyApiClientsError(ConflictError):
    """The account has the maximum number of API clients."""

    title = "Too many API clients"


class InvalidClientError(UnauthorizedError):
    """The id or secret of an API client is not valid (RFC 6749, section 5.2)."""

    title = "The API client is unknown, or its secret is wrong"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Basic realm="token"'}

    def __init__(self) -> None:
        super().__init__("Send its client_id and client_secret, in the form or by HTTP Basic.", error="invalid_client")


class InvalidScopeError(BadRequestError):
    """An API client requested a scope that it does not have."""

    title = "The API client does not have this scope"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, error="invalid_scope")


class UnsupportedTokenTypeError(BadRequestError):
    """The token of an API client cannot be revoked by itself (RFC 7009, section 2.2.1)."""

    title = "This token cannot be revoked by itself"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, error="unsupported_token_type")


class InvalidGrantError(BadRequestError):
    """The e-mail, password or refresh token is not valid (RFC 6749, section 5.2)."""

    title = "Log-in failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, error="invalid_grant")


class TooManyAttemptsError(TooManyRequestsError):
    """Log-ins have failed so often that the next one has to wait."""

    title = "Too many attempts"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Wait {max(seconds, 1)} s before you try again.")
        self.retry_after = max(seconds, 1)


class BusyError(UnavailableError):
    """The queue of passwords to hash is full."""

    title = "Too many log-ins and sign-ups at once"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Repeat the request in {seconds} s.")
        self.retry_after = seconds
