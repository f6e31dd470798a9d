import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from console_service.adapters.api import Api, Streams
from console_service.adapters.log_ins import LogIns
from console_service.errors import RefusedError
from console_service.routes.visitor import COOKIE

LogIn = Callable[..., Awaitable[httpx2.Response]]
OURS = {"Origin": "http://service"}
FOREIGN: tuple[dict[str, str], ...] = (
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Origin": "http://service", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://service", "X-Forwarded-Host": "food.example"},
    {"Sec-Fetch-Site": "same-site"},
)


async def test_a_page_without_a_log_in_redirects_there_and_back(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    away = await client.get("/console/orders?show=all")
    assert (away.status_code, away.headers["location"]) == (
        303, "/console/log-in?next=%2Fconsole%2Forders%3Fshow%3Dall",
    )  # fmt: skip

    form = await client.get(away.headers["location"])
    assert 'name="next" value="/console/orders?show=all"' in form.text
    back = await log_in("admin@example.com", next="/console/orders?show=all")
    assert (back.status_code, back.headers["location"]) == (303, "/console/orders?show=all")
    assert (await client.get("/console/orders?show=all")).status_code == 200


async def test_the_cookie_contains_no_token_and_is_http_only_and_same_site(
    app: FastAPI, client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    cookie = (await log_in("admin@example.com")).headers["set-cookie"]
    value = client.cookies[COOKIE]

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/console" in cookie
    assert "Secure" not in cookie
    assert value not in gateway.lives | gateway.refreshes
    keys = [key async for key in app.state.resources.get(Redis).scan_iter("console:log-in:*")]
    assert len(keys) == 1
    assert value not in str(keys)


async def test_behind_tls_the_cookie_is_secure(app: FastAPI, log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state.resources.settings, "auth_issuer", "https://food.example")

    assert "Secure" in (await log_in("admin@example.com")).headers["set-cookie"]


async def test_the_log_in_redirects_only_to_pages_of_the_console(log_in: LogIn) -> None:
    ways_out = ("/console/../orders", "/console/..//evil.example", "/console/orders\n", f"/console/{'a' * 300}")
    for place in ("https://evil.example/", "//evil.example", "/orders", *ways_out):
        assert (await log_in("admin@example.com", next=place)).headers["location"] == "/console"


async def test_a_wrong_password_shows_the_error_of_the_api(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    answer = await log_in("admin@example.com", "wrong")

    assert (answer.status_code, COOKIE in client.cookies) == (400, False)
    assert "E-mail or password is wrong." in answer.text


async def test_a_customer_is_refused_and_their_tokens_end(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    answer = await log_in("emma@example.com")

    assert (answer.status_code, COOKIE in client.cookies) == (403, False)
    assert gateway.asked("POST", "/auth/revoke")[0][0] == "token=emma%40example.com+r1"


async def test_the_gateway_gets_the_address_of_the_browser(
    app: FastAPI, client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    client.headers["X-Forwarded-For"] = "10.0.0.9, 198.51.100.7"
    await log_in("admin@example.com")
    gateway.lives.clear()
    await client.get("/console/orders")
    stored = await app.state.resources.get(LogIns).find(client.cookies[COOKIE])
    http, streams, log_ins = (app.state.resources.get(one) for one in (httpx2.AsyncClient, Streams, LogIns))
    api = Api(http, streams, log_ins, stored, "198.51.100.7")
    with pytest.raises(RefusedError):
        await anext(api.events("/orders/stream"))
    await client.post("/console/log-out", headers=OURS)

    assert {headers.get("x-forwarded-for") for _, _, _, headers in gateway.seen} == {"198.51.100.7"}
    assert {path for _, path, _, _ in gateway.seen} >= {"/auth/token", "/orders", "/orders/stream", "/auth/revoke"}


async def test_a_form_of_another_site_is_refused(client: httpx2.AsyncClient, gateway: Any, log_in: LogIn) -> None:
    await log_in("admin@example.com")
    asked = len(gateway.seen)
    wrong = [
        (path, headers)
        for path in ("log-in", "log-out", "choices", "orders/01a21cb6-50c9-715a-a4f0-ff4ef981bd76/cancel")
        for headers in FOREIGN
        for answer in [await client.post(f"/console/{path}", data={"theme": "dark", "reason": "No"}, headers=headers)]
        if answer.status_code != 403 or "set-cookie" in answer.headers
    ]

    assert wrong == []
    assert len(gateway.seen) == asked


@pytest.mark.parametrize("page", ["/console/orders", "/console/orders/01a21cb6-50c9-715a-a4f0-ff4ef981bd76"])
async def test_an_expiring_access_token_is_refreshed_once_for_all_requests(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, page: str
) -> None:
    """For several pages, and for one page with several concurrent requests to the API."""
    gateway.seconds = 1
    await log_in("admin@example.com")
    gateway.seconds = 900

    answers = await asyncio.gather(*(client.get(page) for _ in range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert len(gateway.asked("POST", "/auth/token")) == 2


async def test_a_refused_token_is_refreshed_and_the_request_repeated(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")
    gateway.lives.clear()

    assert (await client.get("/console/orders")).status_code == 200


async def test_a_stream_with_a_refused_token_is_reopened_with_a_new_one(
    app: FastAPI, client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")
    http, streams, log_ins = (app.state.resources.get(one) for one in (httpx2.AsyncClient, Streams, LogIns))
    api = Api(http, streams, log_ins, await log_ins.find(client.cookies[COOKIE]), "")
    gateway.lives.clear()

    answered = []
    for _ in range(2):
        with pytest.raises(RefusedError) as refused:
            await anext(api.events("/orders/stream"))
        answered.append(refused.value.answered)

    assert answered == [401, 404]


async def test_a_log_in_ended_by_the_api_redirects_to_the_log_in_page(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")
    gateway.lives.clear()
    gateway.refreshes.clear()

    page = await client.get("/console/orders")
    assert (page.status_code, page.headers["location"]) == (303, "/console/log-in?next=%2Fconsole%2Forders&expired=1")
    scripted = await client.get(
        "/console/orders/stream?show=all", headers={"X-Console": "1", "Accept": "text/event-stream"}
    )
    assert (scripted.status_code, scripted.json()["location"]) == (401, "/console/log-in?expired=1")


@pytest.mark.parametrize("status", [408, 429, 503])
async def test_a_temporary_error_does_not_end_a_log_in(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, status: int
) -> None:
    await log_in("admin@example.com")
    gateway.lives.clear()
    gateway.refused["/auth/token"] = (status, {"title": "Not now", "detail": "Try again."})
    assert (await client.get("/console/orders")).status_code == status

    gateway.refused.clear()
    assert (await client.get("/console/orders")).status_code == 200


async def test_a_request_that_is_cancelled_does_not_lose_the_new_tokens(
    app: FastAPI, client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log_in("admin@example.com")
    log_ins = app.state.resources.get(LogIns)
    found, store = await log_ins.find(client.cookies[COOKIE]), log_ins._store
    storing, cancelled, stored = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def late(renewed: Any) -> None:
        storing.set()
        await cancelled.wait()
        await store(renewed)
        stored.set()

    monkeypatch.setattr(log_ins, "_store", late)
    request = asyncio.create_task(log_ins.token(found, "", found.access_token))
    await asyncio.wait_for(storing.wait(), 5)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    cancelled.set()

    await asyncio.wait_for(stored.wait(), 5)
    assert (await log_ins.find(client.cookies[COOKIE])).access_token in gateway.lives


async def test_a_log_out_ends_the_tokens_too(client: httpx2.AsyncClient, gateway: Any, log_in: LogIn) -> None:
    await log_in("admin@example.com")

    answer = await client.post("/console/log-out", headers=OURS)

    assert (answer.status_code, COOKIE in client.cookies) == (303, False)
    assert len(gateway.asked("POST", "/auth/revoke")) == 1


async def test_a_page_reports_that_the_gateway_is_down(client: httpx2.AsyncClient, gateway: Any, log_in: LogIn) -> None:
    await log_in("admin@example.com")
    gateway.down = True

    answer = await client.get("/console/orders")

    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "The gateway does not answer" in answer.text
