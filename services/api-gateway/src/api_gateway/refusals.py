"""Converts the gateway's own errors into responses."""

import structlog
from fastapi import Request
from starlette.types import Scope

from api_gateway.instances import Answer
from foodchassis.kernel import ServiceError
from foodchassis.web import on_service_error

log = structlog.get_logger()


async def refusal(scope: Scope, error: Exception) -> Answer:
    """Return the response to a request that failed with `error`."""
    if not isinstance(error, ServiceError):
        log.error("request.failed", exc_info=error)
        error = ServiceError("The gateway has an internal error, which was logged; try again later.")
    response = await on_service_error(Request(scope), error)
    return Answer(response.status_code, response.raw_headers, bytes(response.body))
