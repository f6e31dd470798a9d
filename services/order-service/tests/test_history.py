from types import SimpleNamespace
from typing import Any

from opentelemetry.trace import SpanKind

from foodchassis import current_cause, new_id, now
from foodchassis.kernel.events import caused_by
from foodchassis.telemetry.tracing import span
from order_service.service.history import step_of
from order_service.states import KitchenStatus, OrderStatus


def a_row() -> dict[str, Any]:
    order: Any = SimpleNamespace(
        id=new_id(), version=2, status=OrderStatus.PLACED, kitchen=KitchenStatus.WAITING, driver_id=None
    )
    return step_of(order, OrderStatus.PENDING, trigger="t", event="order.placed", actor="system", at=now())


def test_a_step_keeps_its_cause_and_trace() -> None:
    caused_by("request-1", "event-1")
    with span("process", f"00-{'ab' * 16}-{'cd' * 8}-01", SpanKind.CONSUMER):
        row = a_row()

    assert (row["correlation_id"], row["causation_id"]) == ("request-1", "event-1")
    assert current_cause().correlation_id == "request-1"
    assert row["trace_id"] == "ab" * 16


def test_a_step_outside_any_trace_has_none() -> None:
    assert a_row()["trace_id"] is None
