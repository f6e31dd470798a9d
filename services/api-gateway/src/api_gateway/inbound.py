"""A request that passed the guards, which check neither its body nor its sender."""

import asyncio
from dataclasses import dataclass

from starlette.types import Receive, Scope

from api_gateway.callers import UNKNOWN, Callers
from api_gateway.errors import BodyTooLargeError, MethodRefusedError, SlowBodyError
from api_gateway.guards import Headers, check_framing, check_headers, check_target
from api_gateway.settings import GatewaySettings
from foodchassis.kernel import MalformedRequestError

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
# Up to this multiple of the limit is read and discarded, so that a well-behaved client can read its 413.
READ_LIMITS = 4


@dataclass(slots=True)  # frozen would cost 3 µs a request
class Inbound:
    """An unchanged request that passed every guard."""

    method: str
    path: bytes
    target: str
    headers: Headers
    found: dict[bytes, bytes]
    address: str
    trusted: bool
    scheme: str

    @property
    def has_body(self) -> bool:
        """Whether the request has a body."""
        return b"content-length" in self.found or b"transfer-encoding" in self.found

    @property
    def private(self) -> bool:
        """Whether the response may be private, so that caches must not store it."""
        return b"authorization" in self.found

    @property
    def wants_stream(self) -> bool:
        """Whether the request accepts a stream of events."""
        return self.path.endswith(b"/stream") or b"text/event-stream" in self.found.get(b"accept", b"")

    @property
    def token(self) -> str | None:
        """The bearer token of the request."""
        given = self.found.get(b"authorization")
        if given is None or given[:6].lower() != b"bearer":
            return None
        if given[6:7] not in {b"", b" "}:
            return None
        return given[7:].strip().decode("latin-1")


def inspect(scope: Scope, settings: GatewaySettings, callers: Callers) -> Inbound:
    """Refuse malformed, unsafe or oversized requests; return others with their client address."""
    headers: Headers = scope["headers"]
    found = check_headers(headers, max_bytes=settings.max_header_bytes, max_headers=settings.max_headers)
    check_framing(found, scope["http_version"], settings.max_body_bytes)
    path, query, method = scope["raw_path"], scope["query_string"], scope["method"]
    check_target(path, query, settings.max_target_bytes)
    if method not in METHODS:
        raise MethodRefusedError(f"The method {method} is not supported.")
    peer = scope["client"][0] if scope["client"] else UNKNOWN
    trusted = callers.trusts(peer)
    scheme = scope["scheme"]
    if trusted and (said := found.get(b"x-forwarded-proto")) is not None:
        if said not in {b"http", b"https"}:
            raise MalformedRequestError("X-Forwarded-Proto is neither http nor https.")
        scheme = said.decode()
    return Inbound(
        method=method,
        path=path,
        target=(path + b"?" + query if query else path).decode("ascii"),
        headers=headers,
        found=found,
        address=callers.address(peer, found.get(b"x-forwarded-for")),
        trusted=trusted,
        scheme=scheme,
    )


async def read_body(receive: Receive, limit: int, seconds: float) -> bytes:
    """Return the body. Raises BodyTooLargeError over `limit` bytes and SlowBodyError after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, limit)
    except TimeoutError as error:
        raise SlowBodyError(f"Send the body within {seconds:g} seconds.") from error


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise MalformedRequestError("The client disconnected before its body was complete.")
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size <= limit:
            if not more:
                return b"".join((*chunks, chunk)) if chunks else chunk
            chunks.append(chunk)
        elif not more or size > READ_LIMITS * limit:
            raise BodyTooLargeError(f"A body may have {limit} bytes.")
