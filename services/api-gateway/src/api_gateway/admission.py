"""Admission of requests: access tokens and rate limits."""

from api_gateway.buckets import Verdict
from api_gateway.callers import bucket_of
from api_gateway.errors import RateLimitedError
from api_gateway.inbound import Inbound
from api_gateway.limits import RateLimiter
from api_gateway.metrics import limited
from foodchassis import UnauthorizedError
from foodchassis.web import TokenVerifier

HEALTH = b"/health/"
Pairs = list[tuple[bytes, bytes]]


class Admission:
    """Verifies access tokens and applies rate limits; the rate limit headers are `added` to the response."""

    def __init__(self, limiter: RateLimiter, tokens: TokenVerifier) -> None:
        self._limiter = limiter
        self._tokens = tokens

    async def admit(self, request: Inbound, added: Pairs) -> str:
        """Return the caller of a routed request; a request with an invalid token also counts for its address.

        Raises RateLimitedError and UnauthorizedError.
        """
        identity, refusal = "", None
        token = request.token
        if token is not None:
            try:
                identity = (await self._tokens.verify(token)).caller
            except UnauthorizedError as error:
                refusal = error
        address = bucket_of(request.address)
        await self._take(identity, address, added)
        if refusal is not None:
            raise refusal
        return identity or address

    async def admit_to_app(self, request: Inbound, added: Pairs) -> None:
        """Admit a request to the gateway's own app, which needs no token. Raises RateLimitedError."""
        address = bucket_of(request.address)
        if request.path.startswith(HEALTH):
            _check(self._limiter.take_health(address))
        else:
            await self._take("", address, added)

    async def _take(self, identity: str, address: str, added: Pairs) -> None:
        verdict = await self._limiter.take(identity, address)
        added += ((b"ratelimit-policy", self._limiter.policies), (b"ratelimit", verdict.described))
        if not verdict.allowed:
            _check(verdict)


def _check(verdict: Verdict) -> None:
    if not verdict.allowed:
        limited.labels(verdict.policy).inc()
        full = RateLimitedError(f"The rate limit {verdict.policy} is reached; wait {verdict.seconds} s.")
        full.retry_after = verdict.seconds
        raise full
