"""What the console refuses."""

from foodchassis import ForbiddenError, UnauthorizedError, UnavailableError
from foodchassis.kernel import BadRequestError, ServiceError


class LoggedOutError(UnauthorizedError):
    """There is no log-in, or it has ended: the browser is sent to the page for it."""

    title = "Log in to the console"


class OtherRoleError(ForbiddenError):
    """The page is for another role."""

    title = "Your role has no such page"


class ForeignPageError(ForbiddenError):
    """A page of another site sent the form."""

    title = "The form comes from another site"


class ApiDownError(UnavailableError):
    """The API does not answer."""

    title = "The API does not answer"


class NoStoreError(UnavailableError):
    """Redis, which stores the log-ins, does not answer."""

    title = "The store of the log-ins does not answer"


class UnreadableFormError(BadRequestError):
    """The body of the request is no form, or has too many fields."""

    title = "The form cannot be read"


class RefusedError(ServiceError):
    """The API refused; its own words are repeated."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.answered = status
        self.words = title
