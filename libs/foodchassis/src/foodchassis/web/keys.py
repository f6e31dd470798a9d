"""Public keys of an issuer: from the settings, or fetched and refreshed in the background."""

import asyncio
import re
import time
from collections.abc import Callable

import aiohttp
import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from foodchassis.kernel.errors import UnavailableError
from foodchassis.kernel.settings import ServiceSettings
from foodchassis.kernel.tasks import end

log = structlog.get_logger()
# An unknown key id triggers a fetch, but at most one per this interval.
REFETCH_SECONDS = 10.0
RETRY_SECONDS = 1.0
TIMEOUT_SECONDS = 3.0
MOST_BYTES = 262_144
MAX_AGE = re.compile(r"(?:^|[,\s])max-age=(\d{1,9})\b")
UNREADABLE = (aiohttp.ClientError, TimeoutError, OSError, JoseError, ValueError, TypeError, KeyError, AttributeError)


class KeysUnavailableError(UnavailableError):
    """The issuer's keys could not be fetched, so no token can be verified."""

    title = "The access token cannot be verified now"


class IssuerKeys:
    """The keys that verify tokens; calls `changed` when they have changed."""

    def __init__(self, settings: ServiceSettings, changed: Callable[[], None]) -> None:
        self._settings = settings
        self._changed = changed
        self._keys = _static(settings.auth_jwks) if settings.auth_jwks else None
        self._static = self._keys is not None
        self._fetched_at = self._failed_at = float("-inf")
        self._lifetime = settings.auth_jwks_seconds
        # Until then the keys are fresh: each request only makes this comparison.
        self._refresh_at = float("inf") if self._static else float("-inf")
        self._fetching = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def current(self) -> KeySet:
        """Return the keys, refreshed in the background after half of their lifetime and at once after all of it.

        Raises KeysUnavailableError when they were never fetched, or so long ago that they are no longer trusted.
        """
        now = time.monotonic()
        if now >= self._refresh_at:
            await self._renew(now)
        if self._keys is None:
            raise KeysUnavailableError("The issuer's keys cannot be fetched; try again shortly.")
        return self._keys

    async def including(self, kid: object) -> KeySet:
        """Return the keys, fetched again when none has this id, because the issuer may sign with a new one.

        Raises KeysUnavailableError when the issuer is unreachable.
        """
        keys = await self.current()
        now = time.monotonic()
        if self._static or any(key.kid == kid for key in keys) or now - self._fetched_at < REFETCH_SECONDS:
            return keys
        await self._fetch(now)
        if self._failed_at > self._fetched_at:
            raise KeysUnavailableError("The issuer's keys cannot be fetched; try again shortly.")
        return await self.current()

    async def close(self) -> None:
        """Cancel a refresh in progress."""
        if self._refreshing is not None:
            await end(self._refreshing)

    async def _renew(self, now: float) -> None:
        expired_at = self._fetched_at + self._lifetime
        if self._keys is not None and (now < expired_at or self._failed_at > expired_at):
            # The keys are still trusted, or the issuer is known to be down: no request waits for it.
            if self._refreshing is None or self._refreshing.done():
                self._refreshing = asyncio.create_task(self._fetch(now))
        else:
            await self._fetch(now)
        if self._keys is not None and now > self._fetched_at + self._lifetime + self._settings.auth_jwks_stale_seconds:
            self._keys = None
            self._changed()

    async def _fetch(self, asked_at: float) -> None:
        """Fetch the keys, one request at a time; a failure is cached for a short time."""
        async with self._fetching:
            if self._fetched_at < asked_at and asked_at - self._failed_at > RETRY_SECONDS:
                await self._fetch_now()

    async def _fetch_now(self) -> None:
        url = self._settings.auth_jwks_url
        try:
            if url is None:
                raise ValueError("AUTH_JWKS_URL is not set")
            keys, max_age = await _download(url)
        except UNREADABLE as error:
            self._failed_at = time.monotonic()
            self._refresh_at = self._failed_at + RETRY_SECONDS
            log.warning("jwks.fetch_failed", url=url, error=repr(error)[:200])
            return
        self._fetched_at = time.monotonic()
        self._lifetime = min(max(max_age, REFETCH_SECONDS), self._settings.auth_jwks_seconds)
        self._refresh_at = self._fetched_at + self._lifetime / 2
        if self._keys is None or self._keys.as_dict(private=False) != keys.as_dict(private=False):
            self._keys = keys
            self._changed()


async def _download(url: str) -> tuple[KeySet, float]:
    """Return the keys at `url`, and for how many seconds the response may be cached."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as http, http.get(url) as response:
        document = await response.content.read(MOST_BYTES)
        said = MAX_AGE.search(response.headers.get("Cache-Control", ""))
    return KeySet.import_key_set(orjson.loads(document)), float(said[1]) if said else float("inf")


def _static(document: str) -> KeySet:
    """Read the keys from the settings. Raises ValueError."""
    try:
        return KeySet.import_key_set(orjson.loads(document))
    except UNREADABLE as error:
        msg = f"AUTH_JWKS holds no keys ({error}): give the issuer's public JWKS document, or AUTH_JWKS_URL instead."
        raise ValueError(msg) from None
