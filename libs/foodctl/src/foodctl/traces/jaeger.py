"""Reads traces from Jaeger."""

import json
from typing import Any

import httpx2

from foodctl.catalog import SERVICES
from foodctl.errors import FoodctlError
from foodctl.traces.spans import ORDER, Span, Trace, Value

# The collector decides about a trace ten seconds after its first span.
SECONDS = 20.0
_TIMEOUT = 10.0
# Jaeger searches the traces of one service.
_NAMES = tuple(service.name for service in SERVICES if service.has_database)


def traces(url: str, order_id: str) -> list[Trace]:
    """Return the stored traces that changed an order, oldest first.

    Raises FoodctlError when Jaeger does not answer.
    """
    found = {trace[0].trace_id: trace for name in _NAMES for trace in _search(url, name, order_id)}
    return sorted(found.values(), key=lambda trace: trace[0].began)


def _search(url: str, service: str, order_id: str) -> list[Trace]:
    search = {"service": service, "tags": json.dumps({ORDER: order_id})}
    try:
        answer = httpx2.get(f"{url.rstrip('/')}/api/traces", params=search, timeout=_TIMEOUT)
        answer.raise_for_status()
        return [_trace(one) for one in answer.json()["data"]]
    except (httpx2.HTTPError, ValueError, LookupError) as error:
        message = f"Jaeger did not return traces at {url} ({type(error).__name__}); JAEGER_URL sets its URL"
        raise FoodctlError(message) from None


def _trace(given: dict[str, Any]) -> Trace:
    return sorted((_span(one, given["processes"]) for one in given["spans"]), key=lambda span: span.began)


def _span(given: dict[str, Any], processes: dict[str, Any]) -> Span:
    process, tags, own = processes[given["processID"]], _values(given["tags"]), given["traceID"]
    parents = [one["spanID"] for one in given["references"] if one["refType"] == "CHILD_OF" and one["traceID"] == own]
    began = given["startTime"] * 1000
    return Span(
        trace_id=own,
        span_id=given["spanID"],
        parent_id=parents[0] if parents else "",
        service=process["serviceName"],
        name=given["operationName"],
        kind=str(tags.get("span.kind", "internal")),
        began=began,
        ended=began + given["duration"] * 1000,
        failed=tags.get("error") is True,
        links=tuple(one["traceID"] for one in given["references"] if one["traceID"] != own),
        attributes=tags,
        resource=_values(process["tags"]),
    )


def _values(tags: list[dict[str, Any]]) -> dict[str, Value]:
    return {one["key"]: one["value"] for one in tags}
