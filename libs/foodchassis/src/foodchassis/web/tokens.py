"""Verifies access tokens against an issuer's JWKS, and remembers the verdict until the token expires."""

import asyncio
import time
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

import aiohttp
import orjson
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from foodchassis.kernel.errors import UnauthorizedError, UnavailableError
from foodchassis.kernel.settings import ServiceSettings

log = structlog.get_logger()
REFETCH_SECONDS = 10.0
RETRY_SECONDS = 1.0
REMEMBERED = 10_000
MAX_TOKEN = 4096
# Claims nested too deeply, or a number too big for a float, are the token's fault, not ours.
MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)


class InvalidTokenError(UnauthorizedError):
    """The token is malformed, expired, forged or meant for somebody else."""

    title = "The access token is not valid"
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}  # noqa: RUF012 - declared ClassVar in the base


class KeysUnavailableError(UnavailableError):
    """The issuer's keys could not be fetched, so nobody can be let in."""

    title = "Log-in cannot be checked now"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling."""

    id: UUID
    roles: frozenset[str]


class TokenVerifier:
    """Checks signature, algorithm, type, issuer, audience and time of access tokens."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._keys = _static(settings.auth_jwks) if settings.auth_jwks else None
        self._fetched_at = float("-inf")
        self._failed_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._known: dict[str, tuple[float, Principal]] = {}
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": settings.auth_issuer},
            aud={"essential": True, "value": settings.auth_audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Principal:
        """Return the caller that `token` names.

        Raises InvalidTokenError, or KeysUnavailableError when the issuer's keys were never reached.
        """
        known = self._known.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        if len(token) > MAX_TOKEN:
            raise InvalidTokenError("The token is too long.")
        try:
            return self._remember(token, await self._decode(token))
        except MALFORMED as error:
            raise InvalidTokenError(f"Log in again: {type(error).__name__}.") from error

    async def _decode(self, token: str) -> jwt.Token:
        keys = self._keys or await self._fetch()
        try:
            decoded = jwt.decode(token, keys, algorithms=list(self._settings.auth_algorithms))
        except (JoseError, ValueError):
            # The issuer may have begun to sign with a new key.
            if self._settings.auth_jwks or time.monotonic() - self._fetched_at < REFETCH_SECONDS:
                raise
            decoded = jwt.decode(token, await self._fetch(), algorithms=list(self._settings.auth_algorithms))
        if decoded.header.get("typ") != self._settings.auth_token_type:
            raise InvalidTokenError("This is not an access token.")
        self._claims.validate(decoded.claims)
        return decoded

    async def _fetch(self) -> KeySet:
        """Fetch the issuer's keys, one request at a time; a failure is remembered for a moment."""
        asked_at = time.monotonic()
        async with self._fetching:
            if self._fetched_at < asked_at and asked_at - self._failed_at > RETRY_SECONDS:
                await self._fetch_now()
        if self._keys is None:
            raise KeysUnavailableError("The issuer's keys cannot be fetched; try again shortly.")
        return self._keys

    async def _fetch_now(self) -> None:
        url = self._settings.auth_jwks_url
        self._fetched_at = time.monotonic()
        try:
            if url is None:
                raise ValueError("AUTH_JWKS_URL is not set")  # noqa: TRY301 - one place that logs and remembers
            timeout = aiohttp.ClientTimeout(total=3)
            async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as http, http.get(url) as response:
                self._keys = KeySet.import_key_set(orjson.loads(await response.read()))
        except (aiohttp.ClientError, TimeoutError, ValueError, JoseError) as error:
            self._failed_at = time.monotonic()
            log.warning("jwks.fetch_failed", url=url, error=str(error))

    def _remember(self, token: str, decoded: jwt.Token) -> Principal:
        claims = decoded.claims
        subject, roles = claims["sub"], claims.get(self._settings.auth_roles_claim, [])
        try:
            identity = UUID(subject)
        except ValueError:
            # Another issuer's subject need not be a UUID; the same subject always gets the same id.
            identity = uuid5(NAMESPACE_URL, f"{claims['iss']}#{subject}")
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise InvalidTokenError("The roles claim is not a list of names.")
        principal = Principal(identity, frozenset(roles))
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[token] = (float(claims["exp"]), principal)
        return principal


def _static(document: str) -> KeySet:
    """Read the keys that the settings give. Raises ValueError."""
    try:
        keys = KeySet.import_key_set(orjson.loads(document))
    except MALFORMED as error:
        msg = f"AUTH_JWKS holds no keys ({error}): give the issuer's public JWKS document, or AUTH_JWKS_URL instead."
        raise ValueError(msg) from None
    return keys
