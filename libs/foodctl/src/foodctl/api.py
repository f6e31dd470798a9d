"""A client of the gateway: JSON over HTTP, with one-line errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx2

from foodctl.errors import FoodctlError

Json = dict[str, Any]
_SECONDS = 20.0
_TRIES = 10


class RefusedError(FoodctlError):
    """The gateway returned a problem."""

    def __init__(self, what: str, status: int, problem: Json) -> None:
        """Combine the request and the problem's texts."""
        super().__init__(f"{what}: {status} {problem.get('title', '')}. {problem.get('detail', '')}")
        self.status = status
        self.problem = problem


class UnreachableError(FoodctlError):
    """The gateway did not respond."""


class Api:
    """A caller of the gateway, anonymous without a token."""

    def __init__(self, http: httpx2.AsyncClient, token: str | None = None, user_id: str | None = None) -> None:
        """Use a connection pool, and a token if given."""
        self._http = http
        self.token = token
        self.user_id = user_id
        self._refresh_token: str | None = None

    async def call(self, method: str, path: str, body: Json | None = None, **more: Any) -> Json:
        """Send a request like `ask`, and return its JSON."""
        return _json(await self.ask(method, path, body, **more))

    async def ask(self, method: str, path: str, body: Json | None = None, **more: Any) -> httpx2.Response:
        """Send a request and return the response; every POST has an Idempotency-Key.

        Waits for the time in Retry-After when the rate limit is reached. Raises RefusedError and UnreachableError.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        if method == "POST":
            headers["Idempotency-Key"] = more.pop("key", None) or str(uuid4())
        try:
            for _ in range(_TRIES):
                answer = await self._http.request(method, path, json=body, headers=headers, **more)
                if answer.status_code != httpx2.codes.TOO_MANY_REQUESTS:
                    break
                await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))
        except httpx2.TransportError as error:
            message = f"{self._http.base_url} does not respond ({type(error).__name__}); `just status` shows what runs"
            raise UnreachableError(message) from None
        if answer.is_error:
            raise RefusedError(f"{method} {path}", answer.status_code, _json(answer))
        return answer

    def with_token(self, token: str | None, user_id: str | None = None) -> "Api":
        """Return another caller on the same connections."""
        return Api(self._http, token, user_id)

    async def log_in(self, email: str, password: str) -> "Api":
        """Log in and return the caller."""
        form = {"grant_type": "password", "username": email, "password": password}
        tokens = await self.call("POST", "/auth/token", data=form)
        caller = Api(self._http, tokens["access_token"])
        caller._refresh_token = tokens["refresh_token"]
        caller.user_id = (await caller.call("GET", "/users/me"))["id"]
        return caller

    async def renew(self) -> None:
        """Get a new access token for a caller that has logged in."""
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
        tokens = await self.with_token(None).call("POST", "/auth/token", data=form)
        self.token, self._refresh_token = tokens["access_token"], tokens["refresh_token"]

    async def sign_up(self, email: str, password: str, name: str, role: str) -> "Api":
        """Sign up if necessary, log in, and return the caller."""
        try:
            await self.call("POST", "/users", {"email": email, "password": password, "name": name, "role": role})
        except RefusedError as error:
            if error.status != httpx2.codes.CONFLICT:
                raise
        return await self.log_in(email, password)


@asynccontextmanager
async def gateway(url: str, connections: int = 50) -> AsyncIterator[Api]:
    """Open connections to the gateway at `url`."""
    limits = httpx2.Limits(max_connections=connections)
    async with httpx2.AsyncClient(base_url=url, timeout=_SECONDS, limits=limits) as http:
        yield Api(http)


def _json(answer: httpx2.Response) -> Json:
    if not answer.content:
        return {}
    try:
        content = answer.json()
    except ValueError:
        return {"detail": answer.text[:200]}
    return content if isinstance(content, dict) else {"items": content}
