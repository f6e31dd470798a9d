"""The receiver stores the spans of a real exporter in bounded memory, and prints an order's traces as a tree."""

import threading
from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanKind, Tracer, set_span_in_context

from devservers.ports import free_ports
from foodctl.traces.reading import traces, whole
from foodctl.traces.spans import Span, Traces
from foodctl.traces.tree import tree
from foodlab.traces.receiver import Receiver


@pytest.fixture
def url() -> Iterator[str]:
    [port] = free_ports(1)
    with Receiver(port) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{port}"
        receiver.shutdown()


@pytest.fixture(params=[Compression.NoCompression, Compression.Gzip])
def tracer(url: str, request: pytest.FixtureRequest) -> Iterator[Tracer]:
    provider = TracerProvider(resource=Resource({"service.name": "order-service"}))
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces", compression=request.param)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider.get_tracer("test")
    provider.shutdown()


def test_an_order_is_found_with_linked_user_actions(url: str, tracer: Tracer) -> None:
    order = str(uuid4())
    with (
        tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER, attributes={"order.id": order}) as first,
        tracer.start_as_current_span("INSERT orders", attributes={"db.system.name": "postgresql"}),
    ):
        pass
    with tracer.start_as_current_span("POST /accept", links=[Link(first.get_span_context())]):
        pass
    with tracer.start_as_current_span("GET /menus"):
        pass

    told = traces(url, order=order)

    assert [[span.name for span in trace] for trace in told] == [["POST /orders", "INSERT orders"], ["POST /accept"]]
    assert [span.service for span in told[0]] == ["order-service"] * 2
    assert (told[0][0].kind, told[0][0].attributes) == ("server", {"order.id": order})
    assert all(whole(trace) for trace in told)
    assert len(traces(url)) == 3


def test_a_trace_with_a_missing_span_is_incomplete(url: str, tracer: Tracer) -> None:
    with tracer.start_as_current_span("root") as root:
        lost = tracer.start_span("lost", set_span_in_context(root))
        with tracer.start_as_current_span("leaf", set_span_in_context(lost)):
            pass

    [trace] = traces(url)

    assert not whole(trace)


def a_span(trace_id: str, span_id: str = "01", parent_id: str = "", **more: object) -> Span:
    given = {"service": "order-service", "name": "work", "kind": "internal", "began": 0, "ended": 2_000_000}
    return Span.of({
        "trace_id": trace_id, "span_id": span_id, "parent_id": parent_id, "failed": False, "links": (), **given, **more
    })  # fmt: skip


def test_the_oldest_traces_are_removed() -> None:
    kept = Traces(most=100)

    for number in range(1000):
        kept.add([a_span(f"{number:032x}"), a_span(f"{number:032x}", "02", "01")])

    assert [trace[0].trace_id for trace in kept.every()] == [f"{number:032x}" for number in range(950, 1000)]


def test_traces_of_orders_are_limited_separately() -> None:
    kept = Traces(most=100)
    kept.add([a_span("moved", attributes={"order.id": "7"})])

    for number in range(1000):
        kept.add([a_span(f"{number:032x}")])

    assert [trace[0].trace_id for trace in kept.about("7")] == ["moved"]
    for number in range(1000, 2000):
        kept.add([a_span(f"{number:032x}", attributes={"order.id": "8"})])
    assert kept.about("7") == []
    assert len(kept.every()) == 200


def test_late_spans_are_added_to_their_trace() -> None:
    kept = Traces(most=100)
    for number in range(1000):
        kept.add([a_span(f"{number:032x}", attributes={"order.id": "8"})])

    kept.add([a_span("split"), a_span("other"), a_span("split", "02", "01", attributes={"order.id": "7"})])

    assert [len(trace) for trace in kept.about("7")] == [2]


def test_a_tree_has_each_hop_and_sums_of_statements() -> None:
    shop = [
        a_span("a", ended=9_000_000),
        a_span("a", "02", "01", attributes={"db.system.name": "redis"}, name="GET"),
        a_span(
            "a",
            "03",
            "01",
            service="payment-service",
            name="process order.created",
            began=3_000_000,
            ended=4_000_000,
            failed=True,
        ),
    ]

    lines = [line.plain for line in tree("7", [shop, [a_span("b", links=("a",))]])]

    assert lines == [
        "order 7: 9 ms, 4 spans, 2 traces",
        "trace a",
        "+     0.0 ms      9.0 ms  order-service  work  (1 statements, 2.0 ms)",
        "+     3.0 ms      1.0 ms    payment-service  process order.created  failed",
        "trace b, linked to a",
        "+     0.0 ms      2.0 ms  order-service  work",
    ]


def test_an_invalid_otlp_request_is_refused(url: str) -> None:
    broken = {"Content-Encoding": "gzip"}

    assert httpx2.post(f"{url}/v1/traces", content=b"\xff\xff").status_code == 400
    assert httpx2.post(f"{url}/v1/traces", content=b"no gzip", headers=broken).status_code == 400
    assert httpx2.post(f"{url}/v1/logs", content=b"").status_code == 404
    assert httpx2.get(f"{url}/health/ready").status_code == 200
