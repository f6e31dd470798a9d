"""The headers that are forwarded to a service, and back to the client."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from foodchassis.kernel import MalformedRequestError

HOP_BY_HOP = frozenset({
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
    b"transfer-encoding", b"upgrade", b"http2-settings",
})  # fmt: skip
# On every response.
SAFE = ((b"x-content-type-options", b"nosniff"),)
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
# On a response to a request with a token, if the service sends no Cache-Control.
NO_STORE = (b"cache-control", b"no-store")
# Set by the gateway or the client, or claims about the caller that only the gateway may make.
OURS = frozenset({
    b"host", b"content-length", b"expect", b"traceparent", b"x-request-id", b"forwarded", b"via", b"x-real-ip",
    b"x-client-ip", b"x-cluster-client-ip", b"true-client-ip", b"x-original-url", b"x-rewrite-url", b"x-original-host",
    b"x-http-method-override", b"x-http-method", b"x-method-override",
})  # fmt: skip
CLAIMS = (b"x-forwarded-", b"x-user-", b"x-auth-", b"x-remote-", b"x-identity-", b"x-role", b"x-authenticated-")
CLAIMED = frozenset({b"x-user", b"x-roles", b"x-forwarded", b"remote-user", b"x-principal", b"x-subject"})
TRACE = frozenset({b"traceparent", b"tracestate", b"baggage"})
CORS_ALLOWED = (
    "Authorization", "Cache-Control", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID",
    "traceparent", "tracestate", "X-Request-Id",
)  # fmt: skip
CORS_EXPOSED = (
    "Cache-Control", "Deprecation", "ETag", "Idempotency-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy",
    "Retry-After", "Sunset", "traceparent", "X-Client-Request-Id", "X-Request-Id",
)  # fmt: skip
Pair = tuple[bytes, bytes]
FROM_CLIENT = HOP_BY_HOP | OURS | CLAIMED
FROM_SERVICE = (
    HOP_BY_HOP
    | {b"content-length", b"x-request-id", b"strict-transport-security", b"server", b"x-powered-by", b"alt-svc"}
    | {name for name, _ in SAFE}
)


def nominated(connection: bytes | None) -> frozenset[bytes]:
    """Return the hop-by-hop header names in a Connection header."""
    if connection is None:
        return frozenset()
    return frozenset(name.strip().lower() for name in connection.split(b","))


@lru_cache(maxsize=4096)
def _passes(name: bytes) -> bool:
    """Return whether a name has no underscore: some software treats X_User_Id like X-User-Id."""
    return name not in FROM_CLIENT and b"_" not in name and not name.startswith(CLAIMS)


@lru_cache(maxsize=4096)
def _passes_untraced(name: bytes) -> bool:
    return name not in TRACE and _passes(name)


def to_service(headers: Iterable[Pair], connection: bytes | None, *, traced: bool) -> bytes:
    """Return the header lines to forward to a service; `traced` includes tracestate and baggage."""
    passes = _passes if traced else _passes_untraced
    if connection is None:
        lines = [b"%b: %b\r\n" % pair for pair in headers if passes(pair[0])]
    else:
        dropped = nominated(connection)
        lines = [b"%b: %b\r\n" % pair for pair in headers if passes(pair[0]) and pair[0] not in dropped]
    result = b"".join(lines)
    if not result.isascii():
        try:
            result.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedRequestError("A header is not UTF-8 text.") from error
    return result


def to_client(headers: Sequence[Pair], origin: bytes) -> list[Pair]:
    """Return the headers for the client, in lower case; a redirect to `origin` becomes a path."""
    kept: list[Pair] = []
    connection = None
    for name, value in headers:
        if name not in FROM_SERVICE:
            moved = name == b"location" and value.startswith(origin + b"/")
            kept.append((name, value.removeprefix(origin) if moved else value))
        elif name == b"connection":
            connection = value if connection is None else connection + b"," + value
    if connection is None:
        return kept
    dropped = nominated(connection)
    return [pair for pair in kept if pair[0] not in dropped]
