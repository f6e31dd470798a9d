"""Answers of one service among several on a page: the others are shown without it."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import TypeVar

import structlog

from console_service.errors import LoggedOutError, NoStoreError, RefusedError
from foodchassis.kernel import ServiceError

log = structlog.get_logger()
# One that takes longer is shown as silent; the others are not to wait for it.
ANSWER_SECONDS = 3.0
# How the API refuses the reader, whichever service is asked about.
ABOUT_THE_READER = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
T = TypeVar("T")


async def answered(about: str, request: Awaitable[T]) -> T | None:
    """Return an answer of the API, or None when the service does not answer."""
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
