"""The errors of the console."""

from foodchassis import ForbiddenError, UnauthorizedError, UnavailableError
from foodchassis.kernel import BadRequestError, ServiceError


class LoggedOutError(UnauthorizedError):
    """There is no log-in, or it has ended: the browser is redirected to the log-in page."""

    title = "Log in to the console"


class OtherRoleError(ForbiddenError):
    """The page belongs to another role."""

    title = "Your role has no such page"


class ForeignPageError(ForbiddenError):
    """The form was sent by a page of another site."""

    title = "The form comes from another site"


class ApiDownError(UnavailableError):
    """The API does not respond."""

    title = "The API does not respond"


class NoStoreError(UnavailableError):
    """Redis, which stores the log-ins, is down."""

    title = "The store of log-ins is not available"


class UnreadableFormError(BadRequestError):
    """The request body is not a form, or has too many fields."""

    title = "The form cannot be read"


class RefusedError(ServiceError):
    """The API refused the request; contains its title and detail."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.answered = status
        self.words = title
