"""The calls between services in the trace of an automatic order."""

from foodctl.catalog import SERVICES, Service
from foodctl.subscriptions import subscriptions
from foodctl.traces.spans import Span, Trace


def handled_by(service: Service) -> set[str]:
    """Return the events that a service handles."""
    return set(subscriptions(service.package).values())


# Over HTTP by method, over the broker by event.
EDGES = {
    ("api-gateway", "POST", "order-service"),
    ("order-service", "order.created", "payment-service"),
    ("payment-service", "payment.authorized", "order-service"),
    ("order-service", "order.accepted", "payment-service"),
    ("payment-service", "payment.completed", "order-service"),
    ("order-service", "order.paid", "delivery-service"),
    ("delivery-service", "delivery.assigned", "order-service"),
    ("order-service", "order.assigned", "delivery-service"),
    ("delivery-service", "delivery.picked_up", "order-service"),
    ("delivery-service", "delivery.picked_up", "payment-service"),
    ("order-service", "order.picked_up", "delivery-service"),
    ("delivery-service", "delivery.delivered", "order-service"),
    *(("order-service", "order.delivered", one.name) for one in SERVICES if "order.delivered" in handled_by(one)),
}


def edges(trace: Trace) -> set[tuple[str, str, str]]:
    """Return the calls between services with their causes, from the parents of spans."""
    spans = {span.span_id: span for span in trace}
    pairs = [(spans[span.parent_id], span) for span in trace if span.parent_id]
    return {
        (parent.service, _cause(span), span.service)
        for parent, span in pairs
        if parent.service != span.service or span.kind == "consumer"
    }


def _cause(span: Span) -> str:
    return (
        span.name.removeprefix("process ") if span.kind == "consumer" else str(span.attributes["http.request.method"])
    )
