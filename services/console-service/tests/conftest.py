from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console_service.adapters.api import Streams
from console_service.adapters.log_ins import LogIns
from console_service.settings import ConsoleSettings

PASSWORD = "a long password"
ORDER = {
    "id": "01a21cb6-50c9-715a-a4f0-ff4ef981bd76",
    "version": 3,
    "status": "placed",
    "kitchen": "waiting",
    "customer_id": "01a21cb6-50c9-715a-a4f0-000000000001",
    "restaurant_id": "01a21cb6-50c9-715a-a4f0-000000000002",
    "restaurant_name": "Night <Owl>",
    "pickup": {"line1": "Oven 1", "city": "Ghent", "lat": 51.05, "lng": 3.72},
    "delivery_address": {"line1": "Door 1", "city": "Ghent", "lat": 51.06, "lng": 3.73},
    "note": None,
    "created_at": "2026-11-27T11:14:00Z",
    "ready_at": "2026-11-27T11:29:00Z",
    "lines": [{"name": "Soup", "quantity": 2, "options": [], "note": None, "total": 1190}],
    "delivery_fee": 190,
    "service_fee": 0,
    "tax": 0,
    "tip": 0,
    "total": 1380,
    "currency": "EUR",
    "reason": None,
    "responsible": None,
    "needs_attention": False,
}
USERS = {
    "admin@example.com": {"id": "01a21cb6-50c9-715a-a4f0-00000000000a", "name": "Ada", "role": "admin"},
    "owner@example.com": {"id": "01a21cb6-50c9-715a-a4f0-00000000000b", "name": "Omar", "role": "restaurant"},
    "emma@example.com": {"id": "01a21cb6-50c9-715a-a4f0-00000000000c", "name": "Emma", "role": "customer"},
}
Answer = tuple[int, Any]


@dataclass
class Gateway:
    """A small gateway: it records requests and their tokens, and returns the responses that a test sets."""

    seen: list[tuple[str, str, str, dict[str, str]]] = field(default_factory=list)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    refused: dict[str, Answer] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)
    lives: set[str] = field(default_factory=set)
    refreshes: set[str] = field(default_factory=set)
    seconds: int = 900
    count: int = 0
    down: bool = False

    def __post_init__(self) -> None:
        pages = {"/orders": [ORDER], "/restaurants": [], "/restaurants/mine": [], "/payments": [], "/deliveries": []}
        self.answers |= {("GET", path): (200, {"items": items, "next_cursor": None}) for path, items in pages.items()}
        self.answers |= {
            ("GET", f"/orders/{ORDER['id']}"): (200, ORDER),
            ("GET", f"/orders/{ORDER['id']}/timeline"): (200, {"entries": []}),
            ("POST", f"/orders/{ORDER['id']}/cancel"): (200, ORDER),
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.down:
            raise httpx2.ConnectError("no connection")
        request = Request(scope, receive)
        body = (await request.body()).decode()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.seen.append((request.method, request.url.path, body, dict(request.headers)))
        self.puts += [request.url.query] if request.method == "PUT" else []
        status, content = self._answer(request.method, request.url.path, body, token)
        answer = Response(status_code=status) if content is None else JSONResponse(content, status)
        if tag := self.tags.get(request.url.path):
            answer.headers["ETag"] = tag
        await answer(scope, receive, send)

    def _answer(self, method: str, path: str, body: str, token: str) -> Answer:
        if path in self.refused:
            return self.refused[path]
        if path == "/auth/token":
            return self._grant({name: values[0] for name, values in parse_qs(body).items()})
        if path == "/auth/revoke":
            return 200, None
        if token not in self.lives:
            return 401, problem("Log in first", "Send an access token.")
        if path == "/users/me":
            return 200, USERS[token.partition(" ")[0]]
        return self.answers.get((method, path), (404, problem("There is no such thing", "It is not there.")))

    def _grant(self, form: dict[str, str]) -> Answer:
        email = form.get("username") or form["refresh_token"].partition(" ")[0]
        known = form.get("password") == PASSWORD and email in USERS
        if not known and form.get("refresh_token") not in self.refreshes:
            return 400, problem("The grant is not valid", "E-mail or password is wrong.")
        self.refreshes.discard(form.get("refresh_token", ""))
        self.count += 1
        access, refresh = f"{email} {self.count}", f"{email} r{self.count}"
        self.lives.add(access)
        self.refreshes.add(refresh)
        return 200, {"access_token": access, "refresh_token": refresh, "expires_in": self.seconds}

    def asked(self, method: str, path: str) -> list[tuple[str, dict[str, str]]]:
        """Return the bodies and headers of the requests for a path."""
        return [(body, headers) for one, where, body, headers in self.seen if (one, where) == (method, path)]


def problem(title: str, detail: str) -> dict[str, str]:
    return {"type": "/problems/any", "title": title, "detail": detail}


@pytest.fixture
def service_package() -> str:
    return "console_service"


@pytest.fixture
def service_environment(redis_url: str) -> dict[str, str]:
    return {"REDIS_URL": redis_url, "LOG_FORMAT": "json", "AUTH_ISSUER": "http://console", "REDIS_TIMEOUT": "10"}


@pytest_asyncio.fixture
async def gateway(app: FastAPI) -> AsyncIterator[Gateway]:
    """Yield the gateway that the running console talks to."""
    made, resources = Gateway(), app.state.resources
    common: dict[str, Any] = {"transport": httpx2.ASGITransport(made), "base_url": "http://gateway"}
    async with httpx2.AsyncClient(**common) as http, Streams(**common) as streams:
        resources.add(http)
        resources.add(streams)
        resources.add(LogIns(http, resources.get(LogIns)._redis, resources.get(ConsoleSettings)))
        yield made


@pytest.fixture
def log_in(client: httpx2.AsyncClient, gateway: Gateway) -> Callable[[str], Awaitable[httpx2.Response]]:
    """Return a function that logs in by the form."""

    async def run(email: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
        form = {"email": email, "password": password, **more}
        return await client.post("/console/log-in", data=form, headers={"Origin": "http://service"})

    return run
