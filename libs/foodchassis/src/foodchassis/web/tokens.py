"""Verifies access tokens against an issuer's keys, and caches the result until the token expires."""

import time
from base64 import urlsafe_b64decode
from collections.abc import Container
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from foodchassis.kernel.errors import UnauthorizedError
from foodchassis.kernel.settings import ServiceSettings
from foodchassis.web.keys import IssuerKeys

MOST_CACHED = 10_000
MAX_TOKEN = 4096
# The claim of an API client's token that names the user it acts for.
ACTS_FOR = "acts_for"
# Errors of claims that are nested too deeply or contain too large numbers: the token is invalid.
MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)


class InvalidTokenError(UnauthorizedError):
    """The token is malformed, expired, forged or meant for another service."""

    title = "The access token is not valid"
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}  # noqa: RUF012 - declared ClassVar in the base


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: `session` is the log-in that the token came from, when its issuer names one (`sid`).

    An API client acts for the user `id`, limited to its `scopes` and to the object `bound_to`; a user has no scopes.
    """

    id: UUID
    roles: frozenset[str]
    session: str | None = None
    scopes: frozenset[str] | None = None
    bound_to: UUID | None = None

    @property
    def caller(self) -> str:
        """The id for rate limits: an API client counts with its user."""
        return self.id.hex

    def revoked(self, names: Container[str]) -> bool:
        """Return whether the log-in or the user is among revoked names."""
        return (self.session or "") in names or str(self.id) in names

    def may_reach(self, object_id: UUID) -> bool:
        """Return whether the caller may access this object: it is bound to no other."""
        return self.bound_to in {None, object_id}


# The expiry of a token, its subject, and its caller.
Cached = tuple[float, str, Principal]


class TokenVerifier:
    """Checks signature, algorithm, type, issuer, audience and time of access tokens, and whether they are revoked."""

    def __init__(self, settings: ServiceSettings, revocations: Container[str] = ()) -> None:
        self._settings = settings
        self._revocations = revocations
        self._cached: dict[str, Cached] = {}
        # When keys change, the cached tokens are verified again.
        self._keys = IssuerKeys(settings, changed=self._cached.clear)
        self._claims = jwt.JWTClaimsRegistry(
            leeway=settings.auth_leeway_seconds,
            iss={"essential": True, "value": settings.auth_issuer},
            aud={"essential": True, "value": settings.auth_audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Principal:
        """Return the caller that `token` names.

        Raises InvalidTokenError, or KeysUnavailableError when the issuer's keys cannot be fetched.
        """
        keys = await self._keys.current()
        cached = self._cached.get(token)
        if cached is None or cached[0] <= time.time():
            cached = await self._verify(token, keys)
        _, subject, principal = cached
        if subject in self._revocations or principal.revoked(self._revocations):
            raise InvalidTokenError("Its log-in has ended; log in again.")
        return principal

    async def _verify(self, token: str, keys: KeySet) -> Cached:
        if len(token) > MAX_TOKEN:
            raise InvalidTokenError("The token is too long.")
        if (kid := _key_id(token)) is not None:
            keys = await self._keys.including(kid)
        try:
            return self._cache(token, self._decode(token, keys).claims)
        except MALFORMED as error:
            raise InvalidTokenError(f"Log in again: {type(error).__name__}.") from error

    async def close(self) -> None:
        """Cancel background tasks."""
        await self._keys.close()

    def _decode(self, token: str, keys: KeySet) -> jwt.Token:
        decoded = jwt.decode(token, keys, algorithms=list(self._settings.auth_algorithms))
        if decoded.header.get("typ") != self._settings.auth_token_type:
            raise InvalidTokenError("This is not an access token.")
        self._claims.validate(decoded.claims)
        return decoded

    def _cache(self, token: str, claims: dict[str, Any]) -> Cached:
        subject, roles, session = claims["sub"], self._roles(claims), claims.get("sid")
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise InvalidTokenError("The roles claim is not a list of names.")
        principal = Principal(
            _identity(claims, claims.get(ACTS_FOR, subject)),
            frozenset(roles),
            session if isinstance(session, str) else None,
            *(_limits(claims) if ACTS_FOR in claims else ()),
        )
        if len(self._cached) >= MOST_CACHED:
            self._cached.clear()
        cached = (float(claims["exp"]) + self._settings.auth_leeway_seconds, subject, principal)
        self._cached[token] = cached
        return cached

    def _roles(self, claims: dict[str, Any]) -> Any:
        path = self._settings.auth_roles_claim
        if path in claims:
            return claims[path]
        found: Any = claims
        for name in path.split("."):
            if not isinstance(found, dict):
                return None
            if name not in found:
                return []
            found = found[name]
        return found


def _identity(claims: dict[str, Any], subject: str) -> UUID:
    try:
        return UUID(subject)
    except ValueError:
        # The subject of another issuer need not be a UUID; the same subject always gets the same id.
        return uuid5(NAMESPACE_URL, f"{claims['iss']}#{subject}")


def _limits(claims: dict[str, Any]) -> tuple[frozenset[str], UUID | None]:
    """Return the scopes of an API client's token and its object; a token without a scope allows nothing."""
    bound_to = claims.get("bound_to")
    return frozenset(claims.get("scope", "").split()), None if bound_to is None else UUID(bound_to)


def _key_id(token: str) -> object:
    """Return the key id in the header of `token`, which is not verified."""
    start = token.partition(".")[0]
    try:
        header = orjson.loads(urlsafe_b64decode(start + "=" * (-len(start) % 4)))
    except MALFORMED:
        return None
    return header.get("kid") if isinstance(header, dict) else None
