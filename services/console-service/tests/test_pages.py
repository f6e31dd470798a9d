import re
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

import httpx2
import pytest

from console_service.adapters.pages import catalogue, language_of

LogIn = Callable[..., Awaitable[httpx2.Response]]
OURS = {"Origin": "http://service"}
ORDER_ID = "01a21cb6-50c9-715a-a4f0-ff4ef981bd76"
PAGE = f"/console/orders/{ORDER_ID}"
FOR_ADMINS = [
    *("/console/dispatch", "/console/dispatch/stream", "/console/people", "/console/people/more?cursor=x"),
    *(f"/console/dispatch/{ORDER_ID}", f"/console/dispatch/{ORDER_ID}/stream"),
]


async def test_a_page_runs_nothing_that_is_not_ours(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    await log_in("admin@example.com")

    for path in ("/console/orders", PAGE, "/console/log-in"):
        answer = await client.get(path)
        assert answer.status_code == 200
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
        assert policy["frame-ancestors"] == "'none'"
        assert answer.headers["cache-control"] == "no-store"
        assert re.findall(r"<script(?! src=\"/console/)|<style|\son\w+=|\sstyle=|https?://", answer.text) == []


async def test_what_people_wrote_is_text_on_a_page(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    await log_in("admin@example.com")

    for path in ("/console/orders", PAGE):
        text = (await client.get(path)).text
        assert "Night &lt;Owl&gt;" in text
        assert "<Owl>" not in text


async def test_a_page_for_admins_is_refused_to_a_restaurant(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("owner@example.com")
    asked = len(gateway.seen)

    for path in FOR_ADMINS:
        assert (await client.get(path)).status_code == 403
    assert len(gateway.seen) == asked


async def test_the_board_is_refused_to_an_admin(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    await log_in("admin@example.com")

    assert (await client.get("/console/kitchen")).status_code == 403


async def test_an_action_is_a_request_of_the_api_and_its_answer_a_notice(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")

    plain = await client.post(f"{PAGE}/cancel", data={"reason": "Twice."}, headers=OURS)
    scripted = await client.post(f"{PAGE}/cancel", data={"reason": "Twice."}, headers={**OURS, "X-Console": "1"})

    assert [body for body, _ in gateway.asked("POST", f"/orders/{ORDER_ID}/cancel")] == ['{"reason":"Twice."}'] * 2
    assert (plain.status_code, plain.headers["location"]) == (303, PAGE)
    assert "The order is being cancelled." in scripted.json()["notice"]


async def test_a_refusal_is_shown_in_the_words_of_the_api(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")
    gateway.answers["POST", f"/orders/{ORDER_ID}/cancel"] = (409, {"title": "Too late", "detail": "It is <out>."})

    answer = await client.post(f"{PAGE}/cancel", data={"reason": "No"}, headers={**OURS, "X-Console": "1"})

    assert answer.status_code == 409
    assert "Too late: It is &lt;out&gt;." in answer.json()["notice"]


async def test_a_refund_sent_twice_is_one(client: httpx2.AsyncClient, gateway: Any, log_in: LogIn) -> None:
    await log_in("admin@example.com")
    gateway.answers["GET", "/payments"] = (200, {"items": [{"id": "p1"}], "next_cursor": None})
    gateway.answers["POST", "/payments/p1/refunds"] = (201, {})
    form = {"amount": "12,50", "currency": "EUR", "reason": "Cold.", "key": "k1"}

    for _ in range(2):
        await client.post(f"{PAGE}/refund", data=form, headers=OURS)
    unclear = await client.post(f"{PAGE}/refund", data={**form, "amount": "a lot"}, headers=OURS)

    sent = gateway.asked("POST", "/payments/p1/refunds")
    assert [(body, headers["idempotency-key"]) for body, headers in sent] == [
        ('{"reason":"Cold.","amount":1250}', "k1")
    ] * 2
    assert (unclear.status_code, "12.50" in unclear.text) == (422, True)


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [(None, "de-CH,de;q=0.9,en;q=0.8", "de"), (None, "fr,en;q=0.5", "en"), (None, "", "en"), ("en", "de", "en")],
)
def test_the_language_is_the_readers(chosen: str | None, accepted: str, language: str) -> None:
    assert language_of(chosen, accepted) == language


async def test_language_and_theme_are_kept_when_chosen(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    await log_in("admin@example.com")
    referer = {**OURS, "Referer": "http://service/console/orders?show=all"}
    answer = await client.post("/console/choices", data={"language": "de"}, headers=referer)
    await client.post("/console/choices", data={"theme": "dark"}, headers=referer)

    assert answer.headers["location"] == "/console/orders?show=all"
    text = (await client.get("/console/orders")).text
    assert '<html lang="de" data-theme="dark">' in text
    assert "Bestellungen" in text


async def test_assets_may_be_stored_for_ever_under_the_name_of_their_edition(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/console/log-in")).text
    [script] = re.findall(r'src="([^"]+)"', page)

    assert "immutable" in (await client.get(script)).headers["cache-control"]
    old = await client.get("/console/assets/before/console.js")
    assert "max-age=0" in old.headers["cache-control"]
    assert (await client.get("/console/assets/before/secrets.py")).status_code == 404


def test_every_text_that_the_sources_name_is_there() -> None:
    package, named = files("console_service"), set()
    for path in package.rglob("*"):  # type: ignore[attr-defined]  # a folder of this machine
        if path.suffix in {".html", ".py"}:
            named |= set(re.findall(r'(?:\bt|text)\("([a-z_]+\.[a-z_]+)"', path.read_text()))

    assert named
    assert sorted(named - catalogue().keys()) == []
