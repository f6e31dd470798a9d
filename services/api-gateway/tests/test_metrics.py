"""The metrics of the gateway."""

from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from api_gateway.metrics import note
from foodchassis.testing import Issuer


def checkouts() -> dict[str, float]:
    outcomes = ("accepted", "refused", "failed")
    return {one: REGISTRY.get_sample_value("gateway_checkouts_total", {"outcome": one}) or 0 for one in outcomes}


@pytest.mark.parametrize(
    ("status", "outcome"), [(201, "accepted"), (409, "refused"), (429, "refused"), (503, "failed")]
)
def test_a_checkout_is_counted_by_its_outcome(status: int, outcome: str) -> None:
    before = checkouts()
    note("POST", b"/orders", "order", status, 0.1)

    assert checkouts() == {**before, outcome: before[outcome] + 1}


@pytest.mark.parametrize(("method", "path"), [("GET", b"/orders"), ("POST", b"/orders/1/accept"), ("POST", b"/quotes")])
def test_other_requests_are_not_counted_as_checkouts(method: str, path: bytes) -> None:
    before = checkouts()
    note(method, path, "order", 201, 0.1)

    assert checkouts() == before


async def test_every_upstream_has_a_series_before_its_first_request(gateway: Any) -> None:
    assert REGISTRY.get_sample_value("gateway_requests_total", {"upstream": "order", "status": "503"}) is not None
    assert REGISTRY.get_sample_value("gateway_circuit_open", {"upstream": "order"}) == 0


async def test_a_request_is_counted_under_its_upstream(gateway: Any, issuer: Issuer) -> None:
    labels = {"upstream": "order", "status": "200"}
    before = REGISTRY.get_sample_value("gateway_requests_total", labels) or 0
    await gateway.http.get("/orders", headers=issuer.bearer())

    assert REGISTRY.get_sample_value("gateway_requests_total", labels) == before + 1


def test_a_latency_has_an_exemplar_if_its_trace_is_sampled() -> None:
    with TracerProvider().get_tracer("test").start_as_current_span("kept") as kept:
        note("GET", b"/orders", "order", 200, 0.0456)
    with TracerProvider(sampler=ALWAYS_OFF).get_tracer("test").start_as_current_span("dropped") as dropped:
        note("GET", b"/orders", "order", 200, 0.0456)
    encode, _ = choose_encoder("application/openmetrics-text; version=1.0.0")
    shown = encode(REGISTRY).decode()

    assert f'trace_id="{kept.get_span_context().trace_id:032x}"}} 0.0456' in shown
    assert f"{dropped.get_span_context().trace_id:032x}" not in shown
