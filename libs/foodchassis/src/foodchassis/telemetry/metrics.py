"""Prometheus metrics: requests by route, handlers by outcome, pools, queues and the outbox."""

from collections.abc import Callable, Iterable
from typing import Any

from fastapi import FastAPI, Request, Response
from opentelemetry import trace
from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics, start_http_server
from prometheus_client.exposition import choose_encoder

from foodchassis.kernel.settings import ServiceSettings

# They double the number of series and only contain the start of the process, like process_start_time_seconds.
disable_created_metrics()  # type: ignore[no-untyped-call]

LATENCY_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
WAIT_BUCKETS = (0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
OUTCOMES = ("handled", "repeated", "postponed", "retried", "parked")

info = Gauge("service_info", "The running version", ["version"])
requests = Counter("http_requests_total", "Requests by route and status", ["method", "handler", "status"])
request_seconds = Histogram(
    "http_request_duration_seconds", "Time to the first byte", ["method", "handler"], buckets=LATENCY_BUCKETS
)
handled = Counter("events_handled_total", "Events by handler and outcome", ["handler", "outcome"])
handling = Histogram("event_handling_seconds", "Time in a handler", ["handler"], buckets=LATENCY_BUCKETS)
published = Counter("outbox_published_total", "Events confirmed by the broker")
publish_failed = Counter("outbox_failed_total", "Events the broker refused")
outbox_pending = Gauge("outbox_pending", "Events waiting in the outbox")
outbox_age = Gauge("outbox_oldest_seconds", "Age of the oldest waiting event")
outbox_parked = Gauge("outbox_parked", "Events parked after too many failed attempts")
queue_messages = Gauge("queue_messages", "Messages ready in a queue of this service", ["queue"])
queue_consumers = Gauge("queue_consumers", "Consumers of a queue, of all instances", ["queue"])
dead_letters = Gauge("dead_letters", "Messages in the dead-letter queue of this service", ["queue"])
consumers_revived = Counter("consumers_revived_total", "Consumers that had vanished and were restarted")
consumers_stalled = Counter("consumers_stalled_total", "Consumers that had messages and acknowledged none")
deadlines_run = Counter("deadlines_run_total", "Handled deadlines by name and outcome", ["name", "outcome"])
effects = Counter("effects_total", "Requests to other systems by name and outcome", ["name", "outcome"])
deadlines_overdue = Gauge("deadlines_overdue", "Deadlines overdue by more than ten seconds")
rows_pruned = Counter("rows_pruned_total", "Old rows deleted, by table", ["table"])
pool_in_use = Gauge("database_pool_in_use", "Connections in use", ["pool"])
pool_size = Gauge("database_pool_size", "Size of the connection pool", ["pool"])
pool_wait = Histogram(
    "database_pool_wait_seconds", "Time until a connection was available", ["pool"], buckets=WAIT_BUCKETS
)
redis_errors = Counter("redis_errors_total", "Failed commands to Redis")


def exemplar() -> dict[str, str] | None:
    """Return the exemplar that links a measured value to its trace, if the trace is sampled."""
    present = trace.get_current_span().get_span_context()
    return {"trace_id": trace.format_trace_id(present.trace_id)} if present.trace_flags.sampled else None


def expect_handler(name: str) -> None:
    """Create the series of a handler before its first event."""
    at_zero(handled, [name], OUTCOMES)
    at_zero(handling, [name])


def note_handled(name: str, outcome: str, seconds: float) -> None:
    """Count and time one event at one handler."""
    handled.labels(name, outcome).inc()
    handling.labels(name).observe(seconds, exemplar())


def watch_pool(name: str, in_use: Callable[[], float], size: int) -> None:
    """Export the figures of a pool, which are read at each scrape."""
    pool_in_use.labels(name).set_function(in_use)
    pool_size.labels(name).set(size)
    at_zero(pool_wait, [name])


def at_zero(metric: Counter | Histogram | Gauge, *values: Iterable[str]) -> None:
    """Create a series for every combination of label values, so that `rate` includes the first event."""
    labels: list[tuple[str, ...]] = [()]
    for column in values:
        labels = [(*row, value) for row in labels for value in column]
    for row in labels:
        metric.labels(*row)


def install(app: FastAPI, settings: ServiceSettings, policy: Any) -> None:
    """Serve /metrics on the service's port, protected by `policy`."""
    info.labels(settings.service_version).set(1)
    if settings.metrics_port is None and settings.environment == "dev":
        app.get("/metrics", include_in_schema=False, dependencies=[policy])(_exposed)


def serve(settings: ServiceSettings) -> Callable[[], None]:
    """Serve /metrics on METRICS_PORT, if it is set; return a function that stops it."""
    if settings.metrics_port is None:
        return lambda: None
    server, thread = start_http_server(settings.metrics_port, settings.metrics_host)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def _exposed(request: Request) -> Response:
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(REGISTRY), headers={"Content-Type": content_type})
