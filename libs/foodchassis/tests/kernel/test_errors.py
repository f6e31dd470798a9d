"""Each error has a status, a type for programs and a title for people."""

import pytest

from foodchassis import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
    UnprocessableError,
)
from foodchassis.kernel import (
    BadRequestError,
    BusyError,
    IllegalTransitionError,
    PreconditionFailedError,
    ServiceError,
    TooManyRequestsError,
)


class NoteNotFoundError(NotFoundError):
    title = "There is no such note"


@pytest.mark.parametrize(
    ("kind", "status", "slug"),
    [
        (BadRequestError, 400, "bad-request"),
        (UnauthorizedError, 401, "unauthorized"),
        (ForbiddenError, 403, "forbidden"),
        (NotFoundError, 404, "not-found"),
        (NoteNotFoundError, 404, "note-not-found"),
        (ConflictError, 409, "conflict"),
        (IllegalTransitionError, 409, "illegal-transition"),
        (PreconditionFailedError, 412, "precondition-failed"),
        (UnprocessableError, 422, "unprocessable"),
        (TooManyRequestsError, 429, "too-many-requests"),
        (ServiceError, 500, "service"),
        (UnavailableError, 503, "unavailable"),
        (BusyError, 503, "busy"),
    ],
)
def test_a_class_names_its_status_and_type(kind: type[ServiceError], status: int, slug: str) -> None:
    assert (kind.status, kind.slug()) == (status, slug)


def test_the_detail_defaults_to_the_title() -> None:
    assert NoteNotFoundError().detail == str(NoteNotFoundError()) == "There is no such note"
    assert NoteNotFoundError("Note 7 is gone.").detail == "Note 7 is gone."


def test_additional_members_are_stored() -> None:
    assert ConflictError("No.", version=3).extra == {"version": 3}


@pytest.mark.parametrize("kind", [TooManyRequestsError, UnavailableError, BusyError])
def test_a_temporary_error_has_retry_after(kind: type[ServiceError]) -> None:
    assert kind.retry_after is not None
    assert kind.retry_after > 0


def test_an_unauthorized_error_has_www_authenticate() -> None:
    assert UnauthorizedError.headers == {"WWW-Authenticate": "Bearer"}
