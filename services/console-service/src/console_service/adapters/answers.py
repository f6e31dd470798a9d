"""Requests to the API: the forwarded address, missing responses and problems."""

from collections.abc import Awaitable

import httpx2

from console_service.errors import ApiDownError, RefusedError


async def sent(request: Awaitable[httpx2.Response]) -> httpx2.Response:
    """Return the API's response. Raises ApiDownError when there is none."""
    try:
        return await request
    except httpx2.HTTPError as error:
        raise ApiDownError(f"The gateway does not answer ({type(error).__name__}); try again shortly.") from error


def forwarded(address: str) -> dict[str, str]:
    """Return the header with the browser's address, which the gateway uses if it trusts the console."""
    return {"X-Forwarded-For": address} if address else {}


def problem_of(answer: httpx2.Response) -> RefusedError:
    """Return the API's problem as an error."""
    try:
        problem = answer.json()
        return RefusedError(answer.status_code, str(problem["title"]), str(problem["detail"]))
    except (ValueError, KeyError, TypeError):
        return RefusedError(answer.status_code, answer.reason_phrase, f"The API answered {answer.status_code}.")
