"""Prometheus metrics: requests by route, handlers by outcome, the outbox, and a place for a service's own."""

from typing import Any

from fastapi import FastAPI
from prometheus_client import Counter, Gauge, Histogram, start_http_server
from prometheus_fastapi_instrumentator import Instrumentator

from foodchassis.settings import ServiceSettings

LATENCY_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

handled = Counter("events_handled_total", "Events by handler and outcome", ["handler", "outcome"])
handling = Histogram("event_handling_seconds", "Time in a handler", ["handler"], buckets=LATENCY_BUCKETS)
published = Counter("outbox_published_total", "Events confirmed by the broker")
publish_failed = Counter("outbox_failed_total", "Events the broker refused")
outbox_pending = Gauge("outbox_pending", "Events waiting in the outbox")
outbox_age = Gauge("outbox_oldest_seconds", "Age of the oldest waiting event")
outbox_parked = Gauge("outbox_parked", "Events given up after too many refusals")
consumers_revived = Counter("consumers_revived_total", "Consumers that had vanished and were started again")
deadlines_run = Counter("deadlines_run_total", "Deadlines that came due, by name and outcome", ["name", "outcome"])


def install(app: FastAPI, settings: ServiceSettings, policy: Any) -> None:
    """Count and time every request by its route, and serve /metrics to whom `policy` lets in."""
    instrumentator = Instrumentator(excluded_handlers=["/metrics", "/health/.*"], should_group_status_codes=False)
    instrumentator.instrument(app, latency_lowr_buckets=LATENCY_BUCKETS)
    if settings.metrics_port is None:
        instrumentator.expose(app, include_in_schema=False, dependencies=[policy])


def serve(settings: ServiceSettings) -> None:
    """Serve /metrics on a port of its own, where the service's port is open to the world."""
    if settings.metrics_port is not None:
        start_http_server(settings.metrics_port)
