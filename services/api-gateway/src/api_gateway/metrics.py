"""What the gateway counts and times."""

from functools import lru_cache

from prometheus_client import Counter, Histogram

BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
requests = Counter("gateway_requests_total", "Requests by service and status", ["service", "status"])
seconds = Histogram("gateway_request_seconds", "Time of a whole answer by service", ["service"], buckets=BUCKETS)
limited = Counter("gateway_limited_total", "Requests refused by a rate limit", ["policy"])


@lru_cache(maxsize=1024)
def meters(service: str, status: int) -> tuple[Counter, Histogram]:
    """Return the counter and the timer of one service's answers with one status."""
    return requests.labels(service, status), seconds.labels(service)
