"""A side door for a server in front of FastAPI, such as a gateway: it makes its own spans, ids and metrics."""

from foodchassis.kernel.types import new_id_text
from foodchassis.telemetry.logging import is_logged, request_ids
from foodchassis.telemetry.metrics import LATENCY_BUCKETS, exemplar
from foodchassis.telemetry.tracing import as_traceparent, begin_span, span
from foodchassis.web.middleware import RequestId, Traced
from foodchassis.web.problems import on_service_error

__all__ = [
    "LATENCY_BUCKETS",
    "RequestId",
    "Traced",
    "as_traceparent",
    "begin_span",
    "exemplar",
    "is_logged",
    "new_id_text",
    "on_service_error",
    "request_ids",
    "span",
]
