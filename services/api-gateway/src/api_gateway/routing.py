"""Maps paths to services."""

from collections.abc import Mapping


class RoutingTable:
    """Path prefixes of whole segments, one of which may be `*`; the longest match wins."""

    def __init__(self, routes: Mapping[str, str]) -> None:
        prefixes = {prefix.rstrip("/").encode(): service for prefix, service in routes.items()}
        self._services = {prefix: service for prefix, service in prefixes.items() if b"*" not in prefix}
        wild = {prefix: service for prefix, service in prefixes.items() if b"*" in prefix}
        self._wild = [(prefix.partition(b"*")[0], prefix.split(b"/"), service) for prefix, service in wild.items()]
        self._depth = max((prefix.count(b"/") for prefix in self._services), default=0)

    def match(self, path: bytes) -> str | None:
        """Return the service of a raw path, or None without a matching route."""
        found, end = None, 0
        for _ in range(self._depth):
            end = path.find(b"/", end + 1)
            found = self._services.get(path if end < 0 else path[:end], found)
            if end < 0:
                break
        return self._any(path) or found

    def _any(self, path: bytes) -> str | None:
        """Return the service of a prefix with `*` that matches `path`."""
        for start, wanted, service in self._wild:
            if path.startswith(start):
                head = path.split(b"/", len(wanted))[: len(wanted)]
                if len(head) == len(wanted) and all(map(_fits, wanted, head)):
                    return service
        return None


def _fits(wanted: bytes, segment: bytes) -> bool:
    return wanted in {b"*", segment}
