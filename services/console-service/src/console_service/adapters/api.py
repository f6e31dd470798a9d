"""The public API with the token of the logged-in user."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx2

from console_service.adapters.answers import forwarded, problem_of, sent
from console_service.adapters.log_ins import LogIn, LogIns
from console_service.errors import ApiDownError

# A heartbeat comes every 15 seconds; a stream that is silent for longer is dead.
STREAM_SILENCE = 45.0
PAGE = 100
Json = dict[str, Any]


class Streams(httpx2.AsyncClient):
    """The connections of streams, separate from those of calls, so that open pages do not exhaust them."""


class Event(NamedTuple):
    """A server-sent event; a stream that is reopened with its `id` continues after it."""

    id: str
    name: str
    data: str


class Api:
    """Calls the API with the token of one log-in and the browser's address."""

    def __init__(
        self, http: httpx2.AsyncClient, streams: httpx2.AsyncClient, log_ins: LogIns, log_in: LogIn, address: str
    ) -> None:
        self._http = http
        self._streams = streams
        self._log_ins = log_ins
        self._log_in = log_in
        self._address = address

    async def get(self, path: str, **params: Any) -> Json:
        """Send a GET request; parameters that are None are omitted."""
        return await self._call("GET", path, params={name: one for name, one in params.items() if one is not None})

    async def tagged(self, path: str) -> tuple[Json, str]:
        """Send a GET request, and return the content and its ETag."""
        answer = await self._answer("GET", path)
        return _content(answer), answer.headers.get("ETag", "")

    async def first(self, path: str, **params: Any) -> Json | None:
        """Return the first item of a list, or None."""
        found: list[Json] = (await self.get(path, limit=1, **params))["items"]
        return found[0] if found else None

    async def all(self, path: str, *, most: int, **params: Any) -> tuple[list[Json], bool]:
        """Return up to `most` items of a list, newest first, and whether that is the whole list."""
        found, cursor = await self.some(path, most=most, **params)
        return found, cursor is None

    async def some(
        self, path: str, *, most: int, cursor: str | None = None, **params: Any
    ) -> tuple[list[Json], str | None]:
        """Return up to `most` items of a list from a cursor on, newest first, and the next cursor."""
        found: list[Json] = []
        while len(found) < most:
            page = await self.get(path, limit=min(PAGE, most - len(found)), cursor=cursor, **params)
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return found, cursor

    async def post(self, path: str, body: Json | None = None, *, key: str | None = None) -> Json:
        """Send a POST request; repeats with the same `key` have one effect."""
        return await self._call("POST", path, json=body, headers={"Idempotency-Key": key} if key else {})

    async def patch(self, path: str, body: Json) -> Json:
        """Send a PATCH request."""
        return await self._call("PATCH", path, json=body)

    async def put(self, path: str, body: str, *, tag: str, **params: Any) -> Json:
        """Send a PUT request with a JSON body, which succeeds while the ETag is `tag`."""
        headers = {"Content-Type": "application/json"} | ({"If-Match": tag} if tag else {})
        return await self._call("PUT", path, content=body.encode(), headers=headers, params=params)

    async def events(self, path: str, after: str = "") -> AsyncIterator[Event]:
        """Yield the server-sent events of a stream after the id `after`, until the stream ends.

        Raises RefusedError for a status other than 200; 204 means that there will be no further events.
        """
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
        timeout = httpx2.Timeout(10.0, read=STREAM_SILENCE)
        own = await self._own()
        try:
            async with self._streams.stream("GET", path, headers=headers | own, timeout=timeout) as answer:
                if answer.status_code != httpx2.codes.OK:
                    await answer.aread()
                    await self._renew(answer, own)
                    raise problem_of(answer)
                async for event in _events(answer, after):
                    yield event
        except httpx2.HTTPError as error:
            raise ApiDownError(f"The stream was interrupted ({type(error).__name__}).") from error

    async def _call(self, method: str, path: str, **more: Any) -> Json:
        return _content(await self._answer(method, path, **more))

    async def _answer(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx2.Response:
        own = await self._own()
        answer = await sent(self._http.request(method, path, headers={**(headers or {}), **own}, **more))
        if await self._renew(answer, own):
            own = await self._own()
            answer = await sent(self._http.request(method, path, headers={**(headers or {}), **own}, **more))
        if answer.is_error:
            raise problem_of(answer)
        return answer

    async def _own(self) -> dict[str, str]:
        """Return the headers with the access token and the browser's address."""
        token = await self._log_ins.token(self._log_in, self._address)
        return {"Authorization": f"Bearer {token}", **forwarded(self._address)}

    async def _renew(self, answer: httpx2.Response, own: dict[str, str]) -> bool:
        """Get a new token when the API refused the current one because it was revoked or expired early."""
        refused = answer.status_code == httpx2.codes.UNAUTHORIZED
        if refused:
            await self._log_ins.token(self._log_in, self._address, own["Authorization"].removeprefix("Bearer "))
        return refused


def _content(answer: httpx2.Response) -> Json:
    content = answer.json() if answer.content else {}
    return content if isinstance(content, dict) else {"items": content}


async def _events(answer: httpx2.Response, after: str) -> AsyncIterator[Event]:
    seen, name = after, ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "id":
            seen = value
        elif field == "event":
            name = value
        elif field == "data":
            yield Event(seen, name, value)
