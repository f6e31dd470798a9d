from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from console_service.settings import ConsoleSettings

LogIn = Callable[..., Awaitable[httpx2.Response]]
ORDER_ID = "01a21cb6-50c9-715a-a4f0-ff4ef981bd76"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ENTRY = {
    "at": "2026-11-27T11:14:00Z",
    "ms": 0,
    "status": "placed",
    "kitchen": "waiting",
    "trigger": "payment.authorized",
    "event": None,
    "actor": "system",
    "causation_id": "c1",
}


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("", ""),
        ("https://jaeger.example", f'href="https://jaeger.example/trace/{TRACE}"'),
        ("https://example/jaeger/", f'href="https://example/jaeger/trace/{TRACE}"'),
    ],
)
async def test_a_trace_is_a_link_if_jaeger_is_configured(
    app: FastAPI, client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, *, address: str, link: str
) -> None:
    await log_in("admin@example.com")
    app.state.resources.get(ConsoleSettings).jaeger_url = address
    entries = [{**ENTRY, "trace_id": TRACE}, {**ENTRY, "trace_id": None}]
    gateway.answers["GET", f"/orders/{ORDER_ID}/timeline"] = (200, {"entries": entries})

    text = (await client.get(f"/console/orders/{ORDER_ID}")).text

    assert TRACE[:8] in text
    assert text.count("/trace/") == bool(link)
    assert link in text
