"""Compresses large responses for clients that accept gzip."""

import asyncio
import gzip
import re
from functools import lru_cache

from api_gateway.instances import Answer

LEVEL = 5
# Longer responses are compressed in a thread.
LONG = 65_536
COMPRESSIBLE = re.compile(rb"text/(?!event-stream)|application/(?:.+\+)?(?:json|xml|javascript)\b")
NONE = re.compile(rb"q=0(?:\.0{0,3})?")
ENCODED = (b"content-encoding", b"gzip")
VARIES = (b"vary", b"Accept-Encoding")


async def compress(answer: Answer, accepted: bytes) -> None:
    """Compress a response whose type and headers allow it, for a client that accepts gzip.

    Its ETag stays unchanged, because clients use it as the version of an object in If-Match.
    """
    given = dict(answer.headers)
    if (
        b"content-encoding" in given
        or b"no-transform" in given.get(b"cache-control", b"")
        or not COMPRESSIBLE.match(given.get(b"content-type", b""))
    ):
        return
    answer.headers.append(VARIES)
    if not accepts_gzip(accepted):
        return
    whole = answer.body
    answer.body = compressed(whole) if len(whole) < LONG else await asyncio.to_thread(compressed, whole)
    kept = [pair for pair in answer.headers if pair[0] != b"content-length"]
    answer.headers = [*kept, ENCODED, (b"content-length", b"%d" % len(answer.body))]


def compressed(body: bytes) -> bytes:
    """Return a body as gzip, deterministically."""
    return gzip.compress(body, LEVEL, mtime=0)


@lru_cache(maxsize=256)
def accepts_gzip(header: bytes) -> bool:
    """Return whether an Accept-Encoding allows gzip, by name or by `*`."""
    qualities = {}
    for part in header.lower().split(b","):
        coding, _, weight = part.partition(b";")
        qualities[coding.strip()] = weight.strip()
    quality = qualities.get(b"gzip", qualities.get(b"*"))
    return quality is not None and not NONE.fullmatch(quality)
