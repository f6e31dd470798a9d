"""Simulated users, who renew their tokens and repeat requests while the system is busy."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx2

from foodctl.api import Api, Json, RefusedError
from foodlab.citylife.streams import Message, messages
from foodlab.seed import BUSY, with_retries

# A restart of all services takes less.
_TRIES = 90
_PAUSE = 1.0
_AWAY = BUSY | {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY}
_OVERTAKEN = frozenset({HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND})
# A stream sends a heartbeat every fifteen seconds.
_SILENCE = 45.0
NAMES = (
    "Ada", "Bilal", "Chiara", "Davit", "Elif", "Femke", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Leila", "Mateo",
    "Nora", "Omar", "Petra", "Quinn", "Rosa", "Sami", "Thea", "Uri", "Vera", "Wim", "Xenia", "Yusuf", "Zoe",
)  # fmt: skip


class Person:
    """One account of the city."""

    def __init__(self, api: Api, streams: httpx2.AsyncClient, number: int) -> None:
        """Use a logged-in caller, and the connections for streams."""
        self.api = api
        self.number = number
        self._streams = streams
        self._renewing = asyncio.Lock()

    async def call(self, method: str, path: str, body: Json | None = None, **more: Any) -> Json:
        """Send a request, repeat it while the system is busy, and renew an expired token."""
        if method == "POST":
            more.setdefault("key", str(uuid4()))
        return await with_retries(partial(self._once, method, path, body, **more), pause=_PAUSE, tries=_TRIES)

    async def attempt(self, method: str, path: str, body: Json | None = None) -> Json | None:
        """Send a request; return None when the state of its object has changed in the meantime."""
        try:
            return await self.call(method, path, body)
        except RefusedError as error:
            if error.status not in _OVERTAKEN:
                raise
            return None

    async def _once(self, method: str, path: str, body: Json | None, **more: Any) -> Json:
        token = self.api.token
        try:
            return await self.api.call(method, path, body, **more)
        except RefusedError as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise
        await self._renew(token)
        return await self.api.call(method, path, body, **more)

    async def _renew(self, token: str | None) -> None:
        """Renew the token, once for all requests that were refused with the old one."""
        async with self._renewing:
            if self.api.token == token:
                await self.api.renew()

    async def follow(self, path: str) -> AsyncIterator[Message]:
        """Yield the events of a stream, and continue after the last one when the connection is lost.

        Raises RefusedError when the stream is refused permanently.
        """
        last = None
        while True:
            token = self.api.token
            headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": last} if last else {})
            try:
                async with self._streams.stream("GET", path, headers=headers, timeout=_SILENCE) as answer:
                    if answer.status_code == HTTPStatus.UNAUTHORIZED:
                        await with_retries(partial(self._renew, token), tries=_TRIES)
                    elif answer.status_code == HTTPStatus.OK:
                        async for message in messages(answer.aiter_lines()):
                            last = message.id or last
                            yield message
                    elif answer.status_code not in _AWAY:
                        raise RefusedError(f"GET {path}", answer.status_code, {"title": answer.reason_phrase})
            except httpx2.TransportError:
                pass
            await asyncio.sleep(_PAUSE)
