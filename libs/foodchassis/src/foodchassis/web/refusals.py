"""The OpenAPI description of problems: their schema, those of a route, and all kinds."""

import inspect
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from pydantic import BaseModel, Field

from foodchassis.kernel.errors import ServiceError

MEDIA_TYPE = "application/problem+json"
REFERENCE = "#/components/schemas/{model}"
RETRY_AFTER = {"Retry-After": {"description": "seconds to wait before a retry", "schema": {"type": "integer"}}}
CHALLENGE = {"WWW-Authenticate": {"description": "how to log in", "schema": {"type": "string"}}}
HEADERS: dict[int, dict[str, Any]] = {401: CHALLENGE, 429: RETRY_AFTER, 503: RETRY_AFTER, 504: RETRY_AFTER}
NAMES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}


class Kind(NamedTuple):
    """A kind of problem: the page that its `type` leads to."""

    slug: str
    status: int
    title: str
    meaning: str


# Problems that the framework raises.
INVALID_JSON = Kind("invalid-json", 400, "The body is not JSON", "The body cannot be read as JSON in UTF-8.")
INVALID_REQUEST = Kind(
    "invalid-request", 422, "The request is not valid", "Fields or parameters are wrong; `errors` names each of them."
)
INTERNAL_ERROR = Kind(
    "internal-error", 500, "The service failed", "An internal error, which was logged: try again later."
)
BODY_TOO_LARGE = Kind("body-too-large", 413, "The body is too large", "The body is over the limit.")
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed",
    405,
    "The method is not allowed",
    "The path has no such method; the header Allow names those it has.",
)
OF_FRAMEWORK = (INVALID_JSON, INVALID_REQUEST, INTERNAL_ERROR, BODY_TOO_LARGE, METHOD_NOT_ALLOWED)


class Fault(BaseModel):
    """A fault of a request."""

    field: str = Field(description="the place of the fault, e.g. body.items.0.quantity")
    message: str = Field(description="what is wrong, as text for people")
    type: str = Field(description="the kind of fault, for programs")


def phrase(status: int) -> str:
    """Return the RFC 9110 phrase of a status; older releases of Python have older phrases."""
    return NAMES.get(status) or HTTPStatus(status).phrase


class Problem(BaseModel):
    """A refusal in the form of RFC 9457; a type may add members of its own."""

    type: str = Field(
        description="the kind of problem, stable: programs compare this one; its page describes it",
        json_schema_extra={"format": "uri-reference"},
    )
    title: str = Field(description="the kind of problem, as text for people")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what is wrong with this request, and what to do")
    instance: str = Field(description="the path of the request")
    request_id: str | None = Field(description="the X-Request-Id of the response, to quote to support")
    trace_id: str | None = Field(description="the id of the request's trace")
    errors: list[Fault] = Field(default=[], description="each fault of a request that is not valid")


def kinds() -> list[Kind]:
    """Return every kind of problem of the loaded code, by name."""
    found = {one.slug: one for one in OF_FRAMEWORK}
    for error in _errors(ServiceError):
        found.setdefault(error.slug(), kind_of(error))
    return sorted(found.values())


def _errors(base: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for error in base.__subclasses__():
        yield error
        yield from _errors(error)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problems that a route may return: `responses=refusals(404, 409)`.

    The chassis adds those that every operation may return (401, 403 by role, 422 and the like).
    """
    return {
        status: {
            "description": phrase(status),
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}, "example": _example(status)}
            },
            **({"headers": HEADERS[status]} if status in HEADERS else {}),
        }
        for status in statuses
    }


def share_refusals(document: dict[str, Any]) -> None:
    """Move each common problem of `document` into a component that its operations refer to."""
    responses: dict[str, Any] = document["components"].setdefault("responses", {})
    for item in document["paths"].values():
        for operation in item.values():
            answers = operation["responses"]
            for status in [one for one in answers if one >= "400"]:
                plain, name = refusals(int(status))[int(status)], f"Problem{status}"
                if answers[status] == plain:
                    responses[name] = plain
                    answers[status] = {"$ref": f"#/components/responses/{name}"}


def kind_of(error: type[ServiceError]) -> Kind:
    """Return the kind of problem of an error class."""
    return Kind(error.slug(), error.status, error.title, inspect.getdoc(error) or "")


@cache
def typical(status: int) -> Kind:
    """Return the typical kind of problem of a status."""
    bases = (kind_of(error) for error in ServiceError.__subclasses__())
    named = phrase(status)
    unnamed = Kind(named.lower().replace(" ", "-"), status, named, "")
    return next((kind for kind in (*OF_FRAMEWORK[1:], *bases) if kind.status == status), unnamed)


def _example(status: int) -> dict[str, Any]:
    kind = typical(status)
    fault = {"field": "body.tip", "message": "Input should be greater than or equal to 0", "type": "greater_than_equal"}
    return {
        "type": f"/problems/{kind.slug}",
        "title": kind.title,
        "status": status,
        "detail": f"{kind.title}.",
        "instance": "/the/requested/path",
        "request_id": "019e08da-8840-7000-8000-00000000c0de",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        **({"errors": [fault], "detail": "Correct: body.tip"} if kind is INVALID_REQUEST else {}),
    }


def schemas() -> dict[str, Any]:
    """Return the schemas that problems refer to, by name."""
    problem = Problem.model_json_schema(ref_template=REFERENCE)
    problem["properties"]["errors"].pop("default")
    return {**problem.pop("$defs"), "Problem": problem}
