"""A request as the gateway sees it, after every guard that needs no look at its body or sender."""

from dataclasses import dataclass

from starlette.types import Scope

from api_gateway.callers import UNKNOWN, Callers
from api_gateway.errors import MalformedRequestError, MethodRefusedError
from api_gateway.framing import Headers, check_framing, check_headers
from api_gateway.paths import check_target
from api_gateway.settings import GatewaySettings

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


@dataclass(frozen=True, slots=True)
class Inbound:
    """Checked, and nothing of it changed."""

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
        """Tell whether a body follows: it is announced, or there is none."""
        return b"content-length" in self.found or b"transfer-encoding" in self.found

    @property
    def token(self) -> str | None:
        """The bearer token that came with the request."""
        given = self.found.get(b"authorization")
        if given is None or given[:6].lower() != b"bearer":
            return None
        if given[6:7] not in {b"", b" "}:
            return None
        return given[7:].strip().decode("latin-1")


def inspect(scope: Scope, settings: GatewaySettings, callers: Callers) -> Inbound:
    """Refuse what is malformed, unsafe or oversized; tell where the rest comes from."""
    headers: Headers = scope["headers"]
    found = check_headers(headers, max_bytes=settings.max_header_bytes, max_headers=settings.max_headers)
    check_framing(found, scope["http_version"], settings.max_body_bytes)
    path, query, method = scope["raw_path"], scope["query_string"], scope["method"]
    check_target(path, query, settings.max_target_bytes)
    if method not in METHODS:
        raise MethodRefusedError(f"Nothing here answers {method}.")
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
