"""Refuses paths and queries that another reader could resolve to a different place."""

import re
from urllib.parse import unquote_to_bytes

from api_gateway.errors import TargetTooLongError, UnsafePathError

# A segment is not empty, not `.` or `..` (with or without `;parameters`), and made of the characters RFC 3986 allows.
# Percent-encoded control characters, `%`, `.`, `/` and `\` are refused: whoever decodes them sees another path.
SAFE_PATH = re.compile(
    rb"(?=/)(?:/(?!\.{1,2}(?:[/;]|$))(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%(?!2[5eEfF]|5[cC]|[01]|7[fF])[0-9a-fA-F]{2})+)*/?"
)
SAFE_QUERY = re.compile(rb"[\x21-\x7e]*")


def check_target(path: bytes, query: bytes, limit: int) -> None:
    """Refuse an unsafe raw path or query, or one longer than `limit` bytes."""
    if len(path) + len(query) > limit:
        raise TargetTooLongError(f"Path and query may have {limit} bytes.")
    if not SAFE_PATH.fullmatch(path) or (b"%" in path and not _is_text(path)):
        raise UnsafePathError(
            "Paths have no empty or dot segments, no backslashes, and no encoded dots, slashes, percent signs or "
            "control characters."
        )
    if not SAFE_QUERY.fullmatch(query):
        raise UnsafePathError("Percent-encode what is not printable ASCII in the query.")


def _is_text(path: bytes) -> bool:
    """Tell whether the decoded path is UTF-8: overlong forms hide dots and slashes."""
    try:
        unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
