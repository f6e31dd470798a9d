"""Which service a path belongs to."""

from collections.abc import Mapping


class RoutingTable:
    """Path prefixes of whole segments, of which one may be `*`; the longest that fits wins."""

    def __init__(self, routes: Mapping[str, str]) -> None:
        self._services = {prefix.rstrip("/").encode(): service for prefix, service in routes.items()}
        self._wild = [(prefix.split(b"/"), one) for prefix, one in self._services.items() if b"*" in prefix]
        self._depth = max((prefix.count(b"/") for prefix in self._services), default=0)

    def match(self, path: bytes) -> str | None:
        """Return the service for a raw path, or None when no route fits."""
        segments = path.split(b"/", self._depth + 1)
        for depth in range(min(self._depth, len(segments) - 1), 0, -1):
            head = segments[: depth + 1]
            service = self._services.get(b"/".join(head)) or self._any(head)
            if service is not None:
                return service
        return None

    def _any(self, head: list[bytes]) -> str | None:
        """Return the service of a prefix with `*` that fits all segments of `head`."""
        for wanted, service in self._wild:
            if len(wanted) == len(head) and all(map(_fits, wanted, head)):
                return service
        return None


def _fits(wanted: bytes, segment: bytes) -> bool:
    return wanted in {b"*", segment}
