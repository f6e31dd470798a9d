"""The span of a request's way from the gateway to a service and back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from api_gateway.inbound import Inbound
from api_gateway.instances import Answer
from foodchassis import semconv, span

SERVER_FAULT = 500


@contextmanager
def hop(request: Inbound, service: str) -> Iterator[Callable[[Answer], None]]:
    """Run a call to a service in a span, and name the request's own by its path's first segment.

    Return a function that adds the answer to the span. Where no trace is kept, no span is made.
    """
    present = trace.get_current_span()
    if not present.is_recording():
        yield _ignore
        return
    route = "/" + request.path.split(b"/", 2)[1].decode("ascii")
    present.update_name(f"{request.method} {route}")
    present.set_attribute(semconv.HTTP_ROUTE, route)
    attributes = {semconv.HTTP_METHOD: request.method, semconv.PEER_SERVICE: f"{service}-service"}
    with span(f"{request.method} {service}-service", None, SpanKind.CLIENT, attributes) as current:

        def note(answer: Answer) -> None:
            url = urlsplit(answer.url)
            current.set_attribute(semconv.SERVER_ADDRESS, url.hostname or "")
            current.set_attribute(semconv.SERVER_PORT, url.port or 0)
            current.set_attribute(semconv.URL_FULL, answer.url + request.path.decode("ascii"))
            current.set_attribute(semconv.HTTP_STATUS, answer.status)
            if answer.status >= SERVER_FAULT:
                current.set_attribute(semconv.ERROR_TYPE, str(answer.status))
                current.set_status(Status(StatusCode.ERROR))

        yield note


def _ignore(_: Answer) -> None:
    """Add nothing to a span that is not kept."""
