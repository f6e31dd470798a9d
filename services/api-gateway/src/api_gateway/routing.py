"""Which service a path belongs to."""

from collections.abc import Mapping


class RoutingTable:
    """Path prefixes of whole segments; the longest that fits wins."""

    def __init__(self, routes: Mapping[str, str]) -> None:
        self._services = {prefix.rstrip("/").encode(): service for prefix, service in routes.items()}
        self._depth = max((prefix.count(b"/") for prefix in self._services), default=0)

    def match(self, path: bytes) -> str | None:
        """Return the service for a raw path, or None when no route fits."""
        found, end = None, 0
        for _ in range(self._depth):
            end = path.find(b"/", end + 1)
            found = self._services.get(path if end < 0 else path[:end], found)
            if end < 0:
                break
        return found
