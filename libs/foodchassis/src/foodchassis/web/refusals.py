"""What a refusal looks like, and the refusals of a route, for OpenAPI."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
REFERENCE = "#/components/schemas/{model}"
RETRY_AFTER = {"Retry-After": {"description": "seconds to wait before the next try", "schema": {"type": "integer"}}}
CHALLENGE = {"WWW-Authenticate": {"description": "how to log in", "schema": {"type": "string"}}}
HEADERS: dict[int, dict[str, Any]] = {401: CHALLENGE, 429: RETRY_AFTER, 503: RETRY_AFTER, 504: RETRY_AFTER}


class Fault(BaseModel):
    """One fault of a request."""

    field: str = Field(description="the place of the fault, e.g. body.items.0.quantity")
    message: str = Field(description="what is wrong, for a person")
    type: str = Field(description="the kind of fault, for a program")


class Problem(BaseModel):
    """A refusal in the form of RFC 9457; a type may add members of its own."""

    type: str = Field(
        description="the kind of problem, stable: compare this one", examples=["/problems/note-not-found"]
    )
    title: str = Field(description="the kind of problem, for a person")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what is wrong with this request, and what to do")
    instance: str = Field(description="the path of the request")
    request_id: str | None = Field(description="the answer's X-Request-Id, to quote to support")
    trace_id: str | None = Field(description="the id of the request's trace")
    errors: list[Fault] = Field(default=[], description="each fault of a request that is not valid")


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problems that a route may answer: `responses=refusals(404, 409)`.

    What every operation may answer for the same reason (401, 403 by role, 422 and the like) is added by the chassis.
    """
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
            **({"headers": HEADERS[status]} if status in HEADERS else {}),
        }
        for status in statuses
    }


def schemas() -> dict[str, Any]:
    """Return the schemas that refusals refer to, by name."""
    problem = Problem.model_json_schema(ref_template=REFERENCE)
    problem["properties"]["errors"].pop("default")
    return {**problem.pop("$defs"), "Problem": problem}
