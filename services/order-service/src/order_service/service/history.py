"""An order's history: one row for each version, with who and what brought it about."""

from datetime import datetime
from typing import Any

from foodchassis import annotate, current_cause, trace_id
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
    annotate({"order.id": order.id})
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
        "trace_id": trace_id(),
        "at": at,
        "driver_id": order.driver_id,
    }
