"""An order's history: one row for each version, with who and what brought it about."""

from datetime import datetime
from typing import Any

from opentelemetry import trace

from foodchassis import current_cause
from order_service.models import OrderFacts
from order_service.schemas import OrderPublic
from order_service.states import OrderStatus


def step_of(
    order: OrderFacts | OrderPublic,
    came_from: OrderStatus | None,
    *,
    trigger: str,
    event: str | None,
    actor: str,
    at: datetime,
) -> dict[str, Any]:
    """Return the row that tells how `order` came to its present version."""
    span = trace.get_current_span().get_span_context()
    cause = current_cause()
    return {
        "order_id": order.id,
        "version": order.version,
        "from_status": came_from,
        "to_status": order.status,
        "kitchen": order.kitchen,
        "trigger": trigger,
        "event": event,
        "actor": actor,
        "correlation_id": cause.correlation_id,
        "causation_id": cause.causation_id,
        "trace_id": trace.format_trace_id(span.trace_id) if span.is_valid else None,
        "at": at,
        "driver_id": order.driver_id,
    }
