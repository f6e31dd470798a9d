"""What this service refuses."""

from foodchassis import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    TooManyRequestsError,
    UnavailableError,
)


class EmailTakenError(ConflictError):
    """Somebody has signed up with this e-mail address before."""

    title = "This e-mail address has an account"


class UserNotFoundError(NotFoundError):
    """The caller's token is good, and its account is not here."""

    title = "There is no such user"


class AdminStaysError(ForbiddenError):
    """An admin asks to be forgotten; the system must not lose its last one by a request."""

    title = "An admin cannot erase himself"


class AddressNotFoundError(NotFoundError):
    """The caller has no such address."""

    title = "There is no such address"


class InvalidGrantError(BadRequestError):
    """The e-mail, password or refresh token is not good (RFC 6749, section 5.2)."""

    title = "Log-in failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, error="invalid_grant")


class TooManyAttemptsError(TooManyRequestsError):
    """Too many log-ins have failed for this account or from this address."""

    title = "Too many failed log-ins"

    def __init__(self, seconds: int) -> None:
        super().__init__("Wait before you try again.")
        self.retry_after = max(seconds, 1)


class BusyError(UnavailableError):
    """More passwords wait to be hashed than the service will take."""

    title = "Too many log-ins and sign-ups at once"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Repeat the request in {seconds} s.")
        self.retry_after = seconds
