"""Logs, traces and metrics."""

from foodchassis.telemetry.logging import is_logged, request_ids
from foodchassis.telemetry.metrics import LATENCY_BUCKETS, exemplar
from foodchassis.telemetry.tracing import as_traceparent, begin_span, link, span, step, trace_id

__all__ = [
    "LATENCY_BUCKETS",
    "as_traceparent",
    "begin_span",
    "exemplar",
    "is_logged",
    "link",
    "request_ids",
    "span",
    "step",
    "trace_id",
]
