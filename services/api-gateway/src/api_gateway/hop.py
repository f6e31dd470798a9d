"""The span of a request's way from the gateway to a service and back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from yarl import URL

from api_gateway.inbound import Inbound
from api_gateway.upstream import Upstream
from foodchassis import semconv, span

SERVER_FAULT = 500


@contextmanager
def hop(request: Inbound, upstream: Upstream) -> Iterator[Callable[[int], None]]:
    """Run a call to a service in a span, and name the request's own by its path's first word; give what notes a status.

    Where no trace is kept the ids of the caller's are all there is to pass on.
    """
    present = trace.get_current_span()
    if not present.is_recording():
        yield _ignore
        return
    route = "/" + request.path.split(b"/", 2)[1].decode("ascii")
    present.update_name(f"{request.method} {route}")
    present.set_attribute(semconv.HTTP_ROUTE, route)
    url = URL(upstream.url)
    attributes: dict[str, str | int] = {
        semconv.HTTP_METHOD: request.method,
        semconv.SERVER_ADDRESS: url.host or "",
        semconv.SERVER_PORT: url.port or 0,
        semconv.PEER_SERVICE: f"{upstream.name}-service",
        semconv.URL_FULL: upstream.url + request.path.decode("ascii"),
    }
    with span(f"{request.method} {upstream.name}-service", None, SpanKind.CLIENT, attributes) as current:

        def note(status: int) -> None:
            current.set_attribute(semconv.HTTP_STATUS, status)
            if status >= SERVER_FAULT:
                current.set_attribute(semconv.ERROR_TYPE, str(status))
                current.set_status(Status(StatusCode.ERROR))

        yield note


def _ignore(_: int) -> None:
    """Note nothing."""
