"""The trace of a request: spans if it is sampled, only ids if it is not."""

import json
import re
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode

FOREIGN_TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{FOREIGN_TRACE_ID}-b7ad6b7169203331-01"


def collect(gateway: Any, monkeypatch: pytest.MonkeyPatch, provider: TracerProvider) -> InMemorySpanExporter:
    """Collect the spans of one gateway only, because a provider set for the process would affect later tests."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("foodchassis.telemetry.tracing.tracer", provider.get_tracer("foodchassis"))
    monkeypatch.setattr(gateway.app, "_collected", True)
    return exporter


def by_kind(spans: InMemorySpanExporter) -> dict[SpanKind, ReadableSpan]:
    return {span.kind: span for span in spans.get_finished_spans()}


async def test_a_sampled_request_has_a_span_and_its_call_another(
    gateway: Any, build_response: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = collect(gateway, monkeypatch, TracerProvider())
    gateway.service.reply = build_response(b"{}", b"500 Internal Server Error")

    await gateway.http.get("/orders/7", headers={"traceparent": PARENT})

    server, client = by_kind(spans)[SpanKind.SERVER], by_kind(spans)[SpanKind.CLIENT]
    assert (server.name, client.name) == ("GET /orders", "GET order-service")
    assert server.attributes is not None
    assert client.attributes is not None
    assert (server.attributes["http.route"], server.attributes["url.path"]) == ("/orders", "/orders/7")
    assert {one.attributes["http.response.status_code"] for one in (server, client) if one.attributes} == {500}
    assert (server.status.status_code, client.status.status_code) == (StatusCode.ERROR, StatusCode.ERROR)
    assert client.attributes["url.full"] == f"http://127.0.0.1:{gateway.service.port}/orders/7"
    assert server.parent is None
    assert client.parent is not None
    assert client.parent.span_id == server.context.span_id
    assert gateway.service.seen[0].values("traceparent") == [
        f"00-{server.context.trace_id:032x}-{client.context.span_id:016x}-{client.context.trace_flags:02x}"
    ]


async def test_a_trusted_callers_trace_is_continued(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = await start(TRUSTED_PROXIES=["127.0.0.0/8"])
    spans = collect(gateway, monkeypatch, TracerProvider())

    await gateway.http.get("/orders", headers={"traceparent": PARENT, "tracestate": "a=b"})

    server = by_kind(spans)[SpanKind.SERVER]
    assert server.parent is not None
    assert (f"{server.context.trace_id:032x}", f"{server.parent.span_id:016x}") == (FOREIGN_TRACE_ID, PARENT[36:52])
    assert gateway.service.seen[0].values("tracestate") == ["a=b"]


@pytest.mark.parametrize("collected", [True, False])
async def test_an_unsampled_request_has_ids_but_no_span(
    gateway: Any, monkeypatch: pytest.MonkeyPatch, collected: bool
) -> None:
    spans = collect(gateway, monkeypatch, TracerProvider(sampler=ALWAYS_OFF))
    monkeypatch.setattr(gateway.app, "_collected", collected)

    await gateway.http.get("/orders", headers={"traceparent": PARENT})
    refused = await gateway.http.get("/orders", headers={"Authorization": "Bearer x"})

    [passed] = gateway.service.seen[0].values("traceparent")
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[02]", passed)
    assert FOREIGN_TRACE_ID not in passed
    assert re.fullmatch(r"[0-9a-f]{32}", refused.json()["trace_id"])
    assert spans.get_finished_spans() == ()


async def test_log_lines_of_a_request_have_its_ids(gateway: Any, capsys: pytest.CaptureFixture[str]) -> None:
    async def hang_up(_: Any, writer: Any) -> None:
        writer.close()

    gateway.service.reply = hang_up
    answer = await gateway.http.post("/orders", headers={"X-Request-Id": "checkout-0001"})

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [failed] = [line for line in lines if line["event"] == "upstream.failed"]
    assert failed["request_id"] == answer.headers["x-request-id"]
    assert failed["client_request_id"] == "checkout-0001"
    assert failed["trace_id"] == answer.json()["trace_id"]
    assert len(failed["span_id"]) == 16
