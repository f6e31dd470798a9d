"""Which service a path belongs to."""

from collections.abc import Mapping


class RoutingTable:
    """Path prefixes of whole segments; the longest that fits wins."""

    def __init__(self, routes: Mapping[str, str]) -> None:
        self._services = {prefix.rstrip("/").encode(): service for prefix, service in routes.items()}
        self._depth = max((prefix.count(b"/") for prefix in self._services), default=0)

    def match(self, path: bytes) -> str | None:
        """Return the service for a raw path, or None when no route fits."""
        segments = path.split(b"/", self._depth + 1)
        for depth in range(min(self._depth, len(segments) - 1), 0, -1):
            service = self._services.get(b"/".join(segments[: depth + 1]))
            if service is not None:
                return service
        return None
