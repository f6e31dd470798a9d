"""Requests of clients cannot create new series: labels are routes and fixed values."""

import asyncio
from collections.abc import Iterator

import httpx2
import pytest
from e2e.running import Running
from prometheus_client.parser import text_string_to_metric_families

from foodctl.catalog import SERVICES, Service

MOST = 2_500
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND", "PURGE", "LINK")
WORDS = ("x", "%00", "'--", "ann@example.com", "01a20000-0000-7000-8000-000000000000", "ü" * 50)
BODIES = (None, b"{", b"[" * 2_000, b'{"a": NaN}')
HEADERS: tuple[dict[str, str], ...] = ({}, {"Authorization": "Bearer nonsense"}, {"Content-Type": "a/b"})
AT_ONCE = 20


def hostile(paths: list[str]) -> Iterator[tuple[str, str, bytes | None, dict[str, str]]]:
    """Yield every route with every method, and as many unknown ones."""
    for number, path in enumerate([*paths, "/nothing", "/nothing/{id}", "/.env", "//", "/health/dead", "/metrics/all"]):
        for turn, method in enumerate(METHODS):
            word = WORDS[(number + turn) % len(WORDS)]
            filled = path.replace("{", "").replace("}", word) + ("" if turn % 3 else f"/{number}{turn}/?q={word}")
            yield method, filled, BODIES[(number + turn) % len(BODIES)], HEADERS[turn % len(HEADERS)]


def handlers(metrics: str) -> set[str]:
    """Return the route labels of the request counter."""
    samples = [sample for family in text_string_to_metric_families(metrics) for sample in family.samples]
    return {sample.labels["handler"] for sample in samples if sample.name == "http_requests_total"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_clients_cannot_multiply_series(running: Running, service: Service) -> None:
    gate = asyncio.Semaphore(AT_ONCE)
    async with httpx2.AsyncClient(base_url=running.system.url(service), timeout=30) as http:
        paths = sorted((await http.get("/openapi.json")).json()["paths"])
        # Each route has its series from the start, also a route outside the document.
        before = handlers((await http.get("/metrics")).text)

        async def ask(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> int:
            async with gate:
                return (await http.request(method, path, content=body, headers=headers)).status_code

        statuses = await asyncio.gather(*(ask(*one) for one in hostile(paths)))
        answered = (await http.get("/metrics")).text
        families = list(text_string_to_metric_families(answered))

    samples = [sample for family in families for sample in family.samples]
    assert {404, 405} <= set(statuses)
    assert max(statuses) < 500
    assert len(samples) <= MOST
    assert handlers(answered) <= {*paths, *before, "other"}
    assert {sample.labels.get("method", "other") for sample in samples} <= {*METHODS[:7], "other"}
