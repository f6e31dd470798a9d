"""Log-ins: tokens of the API, stored in Redis under the digest of the cookie's value."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import structlog
from pydantic import BaseModel
from redis.asyncio import Redis
from redis.exceptions import RedisError

from console_service.adapters.answers import forwarded, problem_of, sent
from console_service.errors import LoggedOutError, NoStoreError, OtherRoleError, RefusedError
from console_service.settings import ConsoleSettings

log = structlog.get_logger()
ROLES = frozenset({"admin", "restaurant"})
# An access token that is about to expire is refreshed before it is used.
EARLY_SECONDS = 30
LOCK_SECONDS = 15.0
# The status with which the API permanently refuses a refresh token; after any other error a retry may succeed.
ENDED = frozenset({httpx2.codes.BAD_REQUEST, httpx2.codes.UNAUTHORIZED})


class LogIn(BaseModel):
    """One log-in: the user and the tokens of the API."""

    key: str
    user_id: str
    name: str
    role: str
    access_token: str
    refresh_token: str
    expires_at: float
    ends_at: float


class LogIns:
    """Begins, finds, refreshes and ends log-ins."""

    def __init__(self, http: httpx2.AsyncClient, redis: Redis, settings: ConsoleSettings) -> None:
        self._http = http
        self._redis = redis
        self._seconds = settings.session_seconds
        self._renewing: set[asyncio.Task[LogIn]] = set()

    async def begin(self, email: str, password: str, address: str) -> str:
        """Log in at the API and return the value of the cookie.

        Raises RefusedError for a wrong password, and OtherRoleError for a role without pages in the console.
        """
        form = {"grant_type": "password", "username": email, "password": password}
        tokens = await self._grant(form, address)
        user = await self._read("/users/me", tokens["access_token"], address)
        if user["role"] not in ROLES:
            await self._revoke(tokens["refresh_token"], address)
            raise OtherRoleError
        cookie = secrets.token_urlsafe(32)
        known = {"key": _key(cookie), "user_id": user["id"], "name": user["name"], "role": user["role"]}
        ends_at = time.time() + self._seconds
        await self._store(LogIn(**known, **_lifetime(tokens), ends_at=ends_at))
        log.info("console.logged_in", user_id=user["id"], role=user["role"])
        return cookie

    async def find(self, cookie: str | None) -> LogIn:
        """Return the log-in of a cookie. Raises LoggedOutError when there is none."""
        if not cookie:
            raise LoggedOutError
        async with _stored():
            found = await self._redis.get(_key(cookie))
        if found is None:
            raise LoggedOutError
        return LogIn.model_validate_json(found)

    async def token(self, log_in: LogIn, address: str, refused: str | None = None) -> str:
        """Return an access token that will not expire soon; `refused` is one that the API no longer accepts.

        Raises LoggedOutError when the API has ended the log-in.
        """
        if log_in.access_token != refused and log_in.expires_at > time.time() + EARLY_SECONDS:
            return log_in.access_token
        # If a request were cancelled between the refresh and storing its tokens, the only valid refresh token would
        # be lost.
        renewing = asyncio.create_task(self._present(log_in.key, log_in.access_token, address))
        self._renewing.add(renewing)
        renewing.add_done_callback(self._renewing.discard)
        present = await asyncio.shield(renewing)
        for field in ("access_token", "refresh_token", "expires_at"):
            setattr(log_in, field, getattr(present, field))
        return log_in.access_token

    async def end(self, log_in: LogIn, address: str) -> None:
        """Log out, here and at the API."""
        async with _stored():
            await self._redis.delete(log_in.key)
        await self._revoke(log_in.refresh_token, address)

    async def _present(self, key: str, known: str, address: str) -> LogIn:
        """Return the log-in with newer tokens than the access token `known`."""
        # A refresh token is valid for one use: only one of several requests, and of several consoles, uses it.
        async with _stored(), self._redis.lock(f"{key}:lock", timeout=LOCK_SECONDS, sleep=0.05):
            found = await self._redis.get(key)
            if found is None:
                raise LoggedOutError
            present = LogIn.model_validate_json(found)
            return await self._refresh(present, address) if present.access_token == known else present

    async def _refresh(self, log_in: LogIn, address: str) -> LogIn:
        form = {"grant_type": "refresh_token", "refresh_token": log_in.refresh_token}
        try:
            tokens = await self._grant(form, address)
        except RefusedError as error:
            if error.answered not in ENDED:
                raise
            await self._redis.delete(log_in.key)
            raise LoggedOutError from error
        renewed = log_in.model_copy(update=_lifetime(tokens))
        await self._store(renewed)
        return renewed

    async def _store(self, log_in: LogIn) -> None:
        left = max(1, int(log_in.ends_at - time.time()))
        async with _stored():
            await self._redis.set(log_in.key, log_in.model_dump_json(), ex=left)

    async def _grant(self, form: dict[str, str], address: str) -> dict[str, Any]:
        answer = await sent(self._http.post("/auth/token", data=form, headers=forwarded(address)))
        if answer.is_error:
            raise problem_of(answer)
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def _read(self, path: str, token: str, address: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", **forwarded(address)}
        answer = await sent(self._http.get(path, headers=headers))
        if answer.is_error:
            raise problem_of(answer)
        found: dict[str, Any] = answer.json()
        return found

    async def _revoke(self, token: str, address: str) -> None:
        await sent(self._http.post("/auth/revoke", data={"token": token}, headers=forwarded(address)))


@asynccontextmanager
async def _stored() -> AsyncIterator[None]:
    try:
        yield
    except RedisError as error:
        raise NoStoreError from error


def _key(cookie: str) -> str:
    return f"console:log-in:{hashlib.sha256(cookie.encode()).hexdigest()}"


def _lifetime(tokens: dict[str, Any]) -> dict[str, Any]:
    kept = {name: tokens[name] for name in ("access_token", "refresh_token")}
    return {**kept, "expires_at": time.time() + tokens["expires_in"]}
