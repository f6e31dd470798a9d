"""Responses of several services on one page, which is shown even if one does not respond."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import TypeVar

import structlog

from console_service.errors import LoggedOutError, NoStoreError, RefusedError
from foodchassis.kernel import ServiceError

log = structlog.get_logger()
# A service that takes longer is shown as unavailable; the page does not wait for it.
ANSWER_SECONDS = 3.0
# Statuses that concern the user, not the called service.
ABOUT_THE_READER = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
T = TypeVar("T")


async def answered(about: str, request: Awaitable[T]) -> T | None:
    """Return a response of the API, or None when the service does not respond."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await request
    except (LoggedOutError, NoStoreError):
        raise
    except (ServiceError, TimeoutError) as error:
        if isinstance(error, RefusedError) and error.answered in ABOUT_THE_READER:
            raise
        log.info("console.service_silent", about=about, kind=type(error).__name__)
        return None
