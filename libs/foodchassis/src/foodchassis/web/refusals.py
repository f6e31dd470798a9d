"""The refusals of a route, for OpenAPI."""

from http import HTTPStatus
from typing import Any


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problems that a route may answer: `responses=refusals(404, 409)`."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {"application/problem+json": {}}}
        for status in statuses
    }
