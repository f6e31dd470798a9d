"""Which headers pass to a service, and which pass back to the client."""

from collections.abc import Iterable, Mapping, Sequence

from multidict import CIMultiDict

from api_gateway.errors import MalformedRequestError

HOP_BY_HOP = frozenset({
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
    b"transfer-encoding", b"upgrade", b"http2-settings",
})  # fmt: skip
# On every answer.
SAFE = ((b"x-content-type-options", b"nosniff"),)
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
# On an answer to a request with a token, when the service sends no Cache-Control.
NO_STORE = (b"cache-control", b"no-store")
# Set by us or by the client library, or claims about the caller that only we may make.
OURS = frozenset({
    b"host", b"content-length", b"expect", b"x-request-id", b"forwarded", b"via", b"x-real-ip", b"x-client-ip",
    b"x-cluster-client-ip", b"true-client-ip", b"x-original-url", b"x-rewrite-url", b"x-original-host",
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
    "Cache-Control", "ETag", "Idempotency-Replayed", "Location", "RateLimit", "RateLimit-Policy", "Retry-After",
    "traceparent", "X-Client-Request-Id", "X-Request-Id",
)  # fmt: skip
FROM_CLIENT = HOP_BY_HOP | OURS | CLAIMED
FROM_SERVICE = (
    HOP_BY_HOP
    | {b"content-length", b"x-request-id", b"strict-transport-security", b"server", b"x-powered-by", b"alt-svc"}
    | {name for name, _ in SAFE}
)


def nominated(connection: bytes | None) -> frozenset[bytes]:
    """Return the names that a Connection header declares to be for one hop only."""
    if connection is None:
        return frozenset()
    return frozenset(name.strip().lower() for name in connection.split(b","))


def to_service(
    headers: Iterable[tuple[bytes, bytes]], connection: bytes | None, ours: Mapping[str, str], *, traced: bool
) -> CIMultiDict[str]:
    """Return the headers that pass to a service, with `ours` added; `traced` lets the caller's trace context pass.

    Names with an underscore are dropped: some readers take X_User_Id for X-User-Id.
    """
    dropped = FROM_CLIENT if connection is None else FROM_CLIENT | nominated(connection)
    if not traced:
        dropped |= TRACE
    try:
        kept = [
            (name.decode("ascii"), value.decode("utf-8"))
            for name, value in headers
            if name not in dropped and b"_" not in name and not name.startswith(CLAIMS)
        ]
    except UnicodeDecodeError as error:
        raise MalformedRequestError("A header is not UTF-8 text.") from error
    result = CIMultiDict(kept)
    result.update(ours)
    return result


def to_client(raw: Sequence[tuple[bytes, bytes]], origin: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers that pass to the client; a redirect to the service's own `origin` becomes a path."""
    lowered = [(name.lower(), value) for name, value in raw]
    dropped = FROM_SERVICE
    for name, value in lowered:
        if name == b"connection":
            dropped |= nominated(value)
    kept = [(name, value) for name, value in lowered if name not in dropped]
    for index, (name, value) in enumerate(kept):
        if name == b"location" and value.startswith(origin + b"/"):
            kept[index] = (name, value.removeprefix(origin))
    return kept
