"""The metrics of the gateway."""

from collections.abc import Callable
from functools import lru_cache

from prometheus_client import Counter, Gauge, Histogram

from foodchassis import at_zero
from foodchassis.telemetry import LATENCY_BUCKETS, exemplar

# Not "service", which is the gateway itself in Prometheus.
requests = Counter("gateway_requests_total", "Requests by upstream and status", ["upstream", "status"])
seconds = Histogram("gateway_request_seconds", "Time of a complete response", ["upstream"], buckets=LATENCY_BUCKETS)
instances_ejected = Gauge("gateway_instances_ejected", "Ejected addresses of a service", ["upstream"])
streams_open = Gauge("gateway_streams", "Open streamed responses")
circuit_open = Gauge("gateway_circuit_open", "1 while calls to a service are refused", ["upstream"])
limited = Counter("gateway_limited_total", "Requests refused by a rate limit", ["policy"])
decided_locally = Counter("gateway_limits_local_total", "Requests limited locally, without Redis")
refused = Counter("gateway_refused_total", "Connections refused or ended before a request was complete", ["reason"])
connections_open = Gauge("gateway_connections", "Open connections of clients")
checkouts = Counter("gateway_checkouts_total", "Requests to place an order, by outcome", ["outcome"])
checkout_seconds = Histogram("gateway_checkout_seconds", "Time to answer one", buckets=LATENCY_BUCKETS)
CHECKOUT = ("POST", b"/orders")
OUTCOMES = ("accepted", "refused", "failed")
REFUSED, FAILED = 400, 500
at_zero(checkouts, OUTCOMES)
at_zero(limited, ("identity", "address", "health"))


def expect_upstream(name: str, is_open: Callable[[], bool], ejected: Callable[[], int]) -> None:
    """Create a service's series before its first request."""
    circuit_open.labels(name).set_function(is_open)
    instances_ejected.labels(name).set_function(ejected)
    for status in (200, 500, 503):
        _meters(name, status)


def note(method: str, path: bytes, upstream: str, status: int, took: float, *, kept: bool = True) -> None:
    """Count and time one response, and placed orders separately.

    `kept` is whether its trace is sampled, for the exemplar.
    """
    trace = exemplar() if kept else None
    count, timing = _meters(upstream, status)
    count.inc()
    timing.observe(took, trace)
    if (method, path) == CHECKOUT:
        checkouts.labels(OUTCOMES[(status >= REFUSED) + (status >= FAILED)]).inc()
        checkout_seconds.observe(took, trace)


@lru_cache(maxsize=1024)
def _meters(upstream: str, status: int) -> tuple[Counter, Histogram]:
    return requests.labels(upstream, status), seconds.labels(upstream)
