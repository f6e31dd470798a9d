"""Refuses requests whose framing, headers, path or query servers could interpret differently."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from urllib.parse import unquote_to_bytes

from api_gateway.errors import BodyTooLargeError, TargetTooLongError, UnsafePathError
from foodchassis.kernel import HeadersTooLargeError, MalformedRequestError

Headers = Sequence[tuple[bytes, bytes]]

SINGLE = (
    b"host",
    b"content-length",
    b"transfer-encoding",
    b"authorization",
    b"content-type",
    b"idempotency-key",
    b"expect",
)
VERSIONS = frozenset({"1.0", "1.1"})
HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
# A segment must not be empty, `.` or `..` (with or without `;parameters`), and has only characters of RFC 3986.
# Percent-encoded control characters, `%`, `.`, `/` and `\` are refused, because decoding them yields a different path.
SAFE_PATH = re.compile(
    rb"(?=/)(?:/(?!\.{1,2}(?:[/;]|$))(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%(?!2[5eEfF]|5[cC]|[01]|7[fF])[0-9a-fA-F]{2})+)*/?"
)
PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~/"
SAFE_QUERY = re.compile(rb"[\x21-\x7e]*")


def check_headers(headers: Headers, *, max_bytes: int, max_headers: int) -> dict[bytes, bytes]:
    """Refuse too many, too large, repeated or malformed headers; return them by name."""
    if len(headers) > max_headers or sum(map(len, chain.from_iterable(headers))) > max_bytes:
        raise HeadersTooLargeError(f"Send at most {max_headers} headers of {max_bytes} bytes in all.")
    found = dict(headers)
    if len(found) != len(headers):
        names = [name for name, _ in headers]
        for name in SINGLE:
            if names.count(name) > 1:
                raise MalformedRequestError(f"The header {name.decode()} is repeated; send it once.")
    if not _is_host(found.get(b"host", b"")):
        raise MalformedRequestError("Send one Host header, a name or an address with an optional port.")
    return found


def check_framing(found: dict[bytes, bytes], version: str, max_body: int) -> None:
    """Refuse an unknown version, an ambiguous body length, and a body over `max_body` with Expect: 100-continue."""
    if version not in VERSIONS:
        raise MalformedRequestError("Use HTTP/1.1.")
    length, coding = found.get(b"content-length"), found.get(b"transfer-encoding")
    if coding is not None and (length is not None or coding.lower() != b"chunked" or version == "1.0"):
        raise MalformedRequestError("Send the body's length once: as Content-Length, or as `chunked` over HTTP/1.1.")
    if length is not None and (not length.isdigit() or len(length) > 20):  # noqa: PLR2004 - digits of 2**64
        raise MalformedRequestError("Content-Length is not a number.")
    if length is not None and b"expect" in found and int(length) > max_body:
        raise BodyTooLargeError(f"A body may have {max_body} bytes.")


def check_target(path: bytes, query: bytes, limit: int) -> None:
    """Refuse an unsafe raw path or query, or one longer than `limit` bytes."""
    if len(path) + len(query) > limit:
        raise TargetTooLongError(f"Path and query may have {limit} bytes.")
    if not _is_plain(path) and (not SAFE_PATH.fullmatch(path) or (b"%" in path and not _is_text(path))):
        raise UnsafePathError(
            "Paths have no empty or dot segments, no backslashes, and no encoded dots, slashes, percent signs or "
            "control characters."
        )
    if query and not SAFE_QUERY.fullmatch(query):
        raise UnsafePathError("Percent-encode characters other than printable ASCII in the query.")


@lru_cache(maxsize=1024)
def _is_host(value: bytes) -> bool:
    return HOST.fullmatch(value) is not None


def _is_plain(path: bytes) -> bool:
    """Return whether a path needs no further checks, as nearly all paths; this is ten times as fast."""
    return path.startswith(b"/") and b"//" not in path and not path.translate(None, PLAIN)


def _is_text(path: bytes) -> bool:
    """Return whether the decoded path is valid UTF-8: overlong forms could hide dots and slashes."""
    try:
        unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
