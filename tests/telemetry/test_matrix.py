"""Every service exports traces, metrics and logs."""

import json
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from e2e.running import Running
from e2e.scene import Scene

from foodctl.api import RefusedError, gateway
from foodctl.catalog import SERVICES, Service
from foodctl.traces.reading import poll, traces
from foodctl.traces.spans import Span, Trace

every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def traffic(running: Running) -> None:
    """Send a request to every service, including the gateway."""
    async with gateway(running.system.gateway_url) as anonymous:
        play = await Scene(anonymous).set()
        order = await play.reaches(await play.order(), "delivered")
        await play.payment(order)
        await anonymous.call("GET", "/openapi.json")
        await anonymous.call("GET", "/console/log-in")
        with pytest.raises(RefusedError):
            await play.customer.call("GET", "/deliveries/01a20000-0000-7000-8000-000000000000")


@pytest.fixture(scope="module")
def exported(running: Running, traffic: None) -> dict[str, Span]:
    """Return a server span of each service, once all have been exported."""
    url = f"http://127.0.0.1:{running.system.ports['traces']}"

    def served(found: list[Trace]) -> dict[str, Span]:
        return {span.service: span for trace in found for span in trace if span.kind in {"server", "consumer"}}

    return served(poll(lambda: traces(url), lambda found: len(served(found)) == len(SERVICES)))


@every_service
def test_a_service_exports_traces(exported: dict[str, Span], service: Service) -> None:
    span = exported[service.name]

    assert span.resource["service.namespace"] == "foodapp"
    assert span.resource["service.version"]
    assert span.resource["service.instance.id"]
    assert span.resource["deployment.environment.name"] == "dev"


@every_service
@pytest.mark.usefixtures("traffic")
async def test_a_service_exports_metrics(running: Running, service: Service) -> None:
    async with httpx2.AsyncClient() as http:
        answer = await http.get(f"{running.system.url(service)}/metrics")

    rate, duration = ("http_requests_total", "http_request_duration_seconds_bucket")
    if service.short == "gateway":
        rate, duration = ("gateway_requests_total", "gateway_request_seconds_bucket")
    counted = [line for line in answer.text.splitlines() if line.startswith(f"{rate}{{") and not line.endswith(" 0.0")]
    assert answer.status_code == 200
    assert counted
    assert f"{duration}{{" in answer.text


@every_service
@pytest.mark.usefixtures("traffic")
async def test_log_lines_have_request_and_trace_ids(running: Running, service: Service) -> None:
    lines = (running.state.logs / f"{service.name}.log").read_text().splitlines()
    told: list[dict[str, Any]] = [json.loads(line) for line in lines if line.startswith("{")]

    assert {line["service"] for line in told} == {service.name}
    assert all(line["version"] and line["level"] and line["time"] and line["event"] for line in told)
    assert [line for line in told if line.get("trace_id") and line.get("request_id")]
