"""The spans of a request: its server span, and the client span of the call to a service."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import getrandbits
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from starlette.types import Scope

from api_gateway.inbound import METHODS, Inbound
from api_gateway.instances import Answer
from foodchassis import semconv
from foodchassis.telemetry import as_traceparent, begin_span, span

SERVER_FAULT = 500
TRACEPARENT, TRACESTATE = b"traceparent", b"tracestate"


def begin(scope: Scope, headers: Mapping[bytes, bytes], *, collected: bool) -> Span | None:
    """Begin a request's trace, or continue that of a trusted caller, and store its ids in the scope.

    Return its span if the trace is sampled. Without a collector only the ids are created.
    """
    if not collected and TRACEPARENT not in headers:
        parent = f"00-{getrandbits(128) | 1:032x}-{getrandbits(64) | 1:016x}-00"
        scope["traceparent"], scope["trace_id"], scope["span_id"] = parent, parent[3:35], parent[36:52]
        return None
    method = scope["method"] if scope["method"] in METHODS else "HTTP"
    given, state = (headers.get(name, b"").decode("latin-1") or None for name in (TRACEPARENT, TRACESTATE))
    begun = begin_span(method, given, SpanKind.SERVER, state=state)
    context = begun.get_span_context()
    scope["trace_id"], scope["span_id"] = f"{context.trace_id:032x}", f"{context.span_id:016x}"
    scope["traceparent"] = as_traceparent(context)
    if not begun.is_recording():
        return None
    begun.set_attributes(
        {semconv.HTTP_METHOD: method, semconv.URL_PATH: scope["path"], semconv.URL_SCHEME: scope["scheme"]}
    )
    return begun


@contextmanager
def hop(request: Inbound, service: str) -> Iterator[Span]:
    """Run a call to a service in a span, and name the request's span by the first segment of its path."""
    route = "/" + request.path.split(b"/", 2)[1].decode("ascii")
    present = trace.get_current_span()
    present.update_name(f"{request.method} {route}")
    present.set_attribute(semconv.HTTP_ROUTE, route)
    attributes = {semconv.HTTP_METHOD: request.method, semconv.PEER_SERVICE: f"{service}-service"}
    with span(f"{request.method} {service}-service", None, SpanKind.CLIENT, attributes) as current:
        yield current


def note_call(current: Span, request: Inbound, answer: Answer) -> None:
    """Add the responding address and the status to a call's span."""
    url = urlsplit(answer.url)
    current.set_attribute(semconv.SERVER_ADDRESS, url.hostname or "")
    current.set_attribute(semconv.SERVER_PORT, url.port or 0)
    current.set_attribute(semconv.URL_FULL, answer.url + request.path.decode("ascii"))
    note_status(current, answer.status)


def note_status(current: Span, status: int) -> None:
    """Add the status of the response to a span."""
    current.set_attribute(semconv.HTTP_STATUS, status)
    if status >= SERVER_FAULT:
        current.set_attribute(semconv.ERROR_TYPE, str(status))
        current.set_status(Status(StatusCode.ERROR))
