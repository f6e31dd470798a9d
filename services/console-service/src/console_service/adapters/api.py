"""The public API, as the person who is logged in may use it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2

from console_service.adapters.answers import problem_of, sent
from console_service.adapters.log_ins import LogIn, LogIns
from console_service.errors import ApiDownError

# A heartbeat comes every 15 seconds; a stream that is silent for longer is dead.
STREAM_SILENCE = 45.0
Json = dict[str, Any]


class Api:
    """Calls the API with the token of one log-in."""

    def __init__(self, http: httpx2.AsyncClient, log_ins: LogIns, log_in: LogIn) -> None:
        self._http = http
        self._log_ins = log_ins
        self._log_in = log_in

    async def get(self, path: str, **params: Any) -> Json:
        """Read something; parameters that are None are left out."""
        return await self._call("GET", path, params={name: one for name, one in params.items() if one is not None})

    async def first(self, path: str, **params: Any) -> Json | None:
        """Return the first of a list, or None."""
        found: list[Json] = (await self.get(path, limit=1, **params))["items"]
        return found[0] if found else None

    async def post(self, path: str, body: Json | None = None, *, key: str | None = None) -> Json:
        """Do something; the same `key` does it once."""
        return await self._call("POST", path, json=body, headers={"Idempotency-Key": key} if key else {})

    async def patch(self, path: str, body: Json) -> Json:
        """Change something."""
        return await self._call("PATCH", path, json=body)

    async def events(self, path: str) -> AsyncIterator[tuple[str, str]]:
        """Yield the name and the data of each server-sent event of a stream, until it ends."""
        headers = {**await self._authorization(), "Accept": "text/event-stream"}
        timeout = httpx2.Timeout(10.0, read=STREAM_SILENCE)
        try:
            async with self._http.stream("GET", path, headers=headers, timeout=timeout) as answer:
                if answer.is_error:
                    await answer.aread()
                    raise problem_of(answer)
                name = ""
                async for line in answer.aiter_lines():
                    field, _, value = line.partition(": ")
                    if field == "event":
                        name = value
                    elif field == "data":
                        yield name, value
        except httpx2.HTTPError as error:
            raise ApiDownError(f"The stream broke off ({type(error).__name__}).") from error

    async def _call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> Json:
        authorization = await self._authorization()
        answer = await sent(self._http.request(method, path, headers={**(headers or {}), **authorization}, **more))
        if answer.status_code == httpx2.codes.UNAUTHORIZED:
            # Revoked or expired earlier than it said: once more with a new token.
            refused = authorization["Authorization"].removeprefix("Bearer ")
            authorization = await self._authorization(refused)
            answer = await sent(self._http.request(method, path, headers={**(headers or {}), **authorization}, **more))
        if answer.is_error:
            raise problem_of(answer)
        content = answer.json() if answer.content else {}
        return content if isinstance(content, dict) else {"items": content}

    async def _authorization(self, refused: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self._log_ins.token(self._log_in, refused)}"}
