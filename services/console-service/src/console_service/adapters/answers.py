"""Requests to the API and its answers: whose address is sent, none that comes, and one that is a refusal."""

from collections.abc import Awaitable

import httpx2

from console_service.errors import ApiDownError, RefusedError


async def sent(asked: Awaitable[httpx2.Response]) -> httpx2.Response:
    """Return the API's answer. Raises ApiDownError when none comes."""
    try:
        return await asked
    except httpx2.HTTPError as error:
        raise ApiDownError(f"The gateway does not answer ({type(error).__name__}); try again shortly.") from error


def forwarded(address: str) -> dict[str, str]:
    """Return the browser's address for the gateway, which believes it where it trusts the console."""
    return {"X-Forwarded-For": address} if address else {}


def problem_of(answer: httpx2.Response) -> RefusedError:
    """Return a refusal in the API's own words."""
    try:
        problem = answer.json()
        return RefusedError(answer.status_code, str(problem["title"]), str(problem["detail"]))
    except (ValueError, KeyError, TypeError):
        return RefusedError(answer.status_code, answer.reason_phrase, f"The API answered {answer.status_code}.")
