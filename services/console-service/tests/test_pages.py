import json
import re
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

import httpx2
import pytest

from console_service import errors
from console_service.adapters.pages import catalogue, language_of
from console_service.service.orders import Filter
from foodchassis.kernel import ServiceError

LogIn = Callable[..., Awaitable[httpx2.Response]]
OURS = {"Origin": "http://service"}
ORDER_ID = "01a21cb6-50c9-715a-a4f0-ff4ef981bd76"
NO_ORDER = "01a21cb6-50c9-715a-a4f0-000000000009"
PAGE = f"/console/orders/{ORDER_ID}"
FOR_ADMINS = [
    *("/console/dispatch", "/console/dispatch/stream", "/console/people"),
    *(f"/console/dispatch/{ORDER_ID}", f"/console/dispatch/{ORDER_ID}/stream"),
]


def payment_in(currency: str) -> dict[tuple[str, str], tuple[int, Any]]:
    return {
        ("GET", "/payments"): (200, {"items": [{"id": "p1", "currency": currency}], "next_cursor": None}),
        ("POST", "/payments/p1/refunds"): (201, {}),
    }


async def test_a_page_has_a_content_security_policy(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    await log_in("admin@example.com")

    for path in ("/console/orders", PAGE, "/console/log-in"):
        answer = await client.get(path)
        assert answer.status_code == 200
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
        assert policy["frame-ancestors"] == "'none'"
        assert answer.headers["cache-control"] == "no-store"
        assert re.findall(r"<script(?! src=\"/console/)|<style|\son\w+=|\sstyle=|https?://", answer.text) == []


async def test_text_of_users_is_escaped(client: httpx2.AsyncClient, log_in: LogIn) -> None:
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


async def test_an_action_calls_the_api_and_shows_a_notice(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")

    plain = await client.post(f"{PAGE}/cancel", data={"reason": "Twice."}, headers=OURS)
    scripted = await client.post(f"{PAGE}/cancel", data={"reason": "Twice."}, headers={**OURS, "X-Console": "1"})

    assert [body for body, _ in gateway.asked("POST", f"/orders/{ORDER_ID}/cancel")] == ['{"reason":"Twice."}'] * 2
    assert (plain.status_code, plain.headers["location"]) == (303, PAGE)
    assert "The order is being cancelled." in scripted.json()["notice"]


async def test_a_refusal_is_shown_with_the_text_of_the_api(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")
    gateway.answers["POST", f"/orders/{ORDER_ID}/cancel"] = (409, {"title": "Too late", "detail": "It is <out>."})

    answer = await client.post(f"{PAGE}/cancel", data={"reason": "No"}, headers={**OURS, "X-Console": "1"})

    assert answer.status_code == 409
    assert "Too late: It is &lt;out&gt;." in answer.json()["notice"]


@pytest.mark.parametrize(
    ("currency", "typed", "amount"), [("EUR", "12,50", 1250), ("JPY", "10", 10), ("KWD", "1.5", 1500)]
)
async def test_a_refund_is_read_in_the_currency_of_its_payment(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, currency: str, typed: str, amount: int
) -> None:
    await log_in("admin@example.com")
    gateway.answers |= payment_in(currency)

    await client.post(f"{PAGE}/refund", data={"amount": typed, "reason": "Cold."}, headers=OURS)

    [(body, _)] = gateway.asked("POST", "/payments/p1/refunds")
    assert json.loads(body)["amount"] == amount


async def test_the_next_refund_has_a_key_of_its_own_and_one_that_failed_keeps_its_own(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")
    gateway.answers |= payment_in("EUR")
    request: dict[str, Any] = {"data": {"reason": "Cold.", "key": "k1"}, "headers": {**OURS, "X-Console": "1"}}

    done = (await client.post(f"{PAGE}/refund", **request)).json()
    gateway.answers["POST", "/payments/p1/refunds"] = (503, {"title": "Not now", "detail": "Try again."})
    failed = (await client.post(f"{PAGE}/refund", **request)).json()

    assert done["fields"]["key"] not in {"", "k1"}
    assert "fields" not in failed


async def test_a_refund_sent_twice_is_one(client: httpx2.AsyncClient, gateway: Any, log_in: LogIn) -> None:
    await log_in("admin@example.com")
    gateway.answers |= payment_in("EUR")
    form = {"amount": "12,50", "reason": "Cold.", "key": "k1"}

    for _ in range(2):
        await client.post(f"{PAGE}/refund", data=form, headers=OURS)
    unclear = await client.post(f"{PAGE}/refund", data={**form, "amount": "a lot"}, headers=OURS)

    sent = gateway.asked("POST", "/payments/p1/refunds")
    assert [(body, headers["idempotency-key"]) for body, headers in sent] == [
        ('{"reason":"Cold.","amount":1250}', "k1")
    ] * 2
    assert (unclear.status_code, "12.50" in unclear.text) == (422, True)


@pytest.mark.parametrize(
    ("email", "sought", "place"),
    [
        ("admin@example.com", f" {ORDER_ID} ", PAGE),
        ("admin@example.com", "Emma", "/console/people?q=Emma"),
        ("admin@example.com", NO_ORDER, f"/console/orders?show=all&customer_id={NO_ORDER}"),
        ("owner@example.com", ORDER_ID, PAGE),
        ("owner@example.com", "<Emma>", "/console/orders?sought=%3CEmma%3E"),
        ("owner@example.com", NO_ORDER, f"/console/orders?sought={NO_ORDER}"),
    ],
)
async def test_a_search_leads_to_a_page_that_the_role_has(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, *, email: str, sought: str, place: str
) -> None:
    await log_in(email)
    gateway.answers["GET", "/users"] = (200, {"items": [], "next_cursor": None})

    answer = await client.get("/console/orders/find", params={"q": sought})

    assert (answer.status_code, answer.headers["location"]) == (303, place)


@pytest.mark.parametrize(
    ("roles", "place"),
    [
        (["customer"], f"/console/orders?show=all&customer_id={NO_ORDER}"),
        (["customer", "customer"], "/console/people?q=%2B32+9+266"),
        (["driver"], "/console/people?q=%2B32+9+266"),
    ],
)
async def test_a_single_customer_who_is_found_leads_to_their_orders(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, roles: list[str], place: str
) -> None:
    await log_in("admin@example.com")
    found = [{"id": NO_ORDER, "role": role} for role in roles]
    gateway.answers["GET", "/users"] = (200, {"items": found, "next_cursor": None})

    answer = await client.get("/console/orders/find", params={"q": " +32 9 266 "})

    assert (answer.status_code, answer.headers["location"]) == (303, place)


@pytest.mark.parametrize(
    ("role", "changed", "offered"),
    [
        ("admin", {"status": "cancelling", "needs_attention": True}, True),
        ("admin", {"status": "cancelling"}, False),
        ("admin", {"status": "assigned", "needs_attention": True}, False),
        ("owner", {"status": "cancelling", "needs_attention": True}, False),
    ],
)
async def test_a_stuck_cancellation_is_requested_anew_by_an_admin(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, *, role: str, changed: dict[str, Any], offered: bool
) -> None:
    await log_in(f"{role}@example.com")
    order = ("GET", f"/orders/{ORDER_ID}")
    gateway.answers[order] = (200, {**gateway.answers[order][1], **changed})
    gateway.answers["POST", f"/orders/{ORDER_ID}/retry"] = (200, {})

    text = (await client.get(PAGE)).text
    answer = await client.post(f"{PAGE}/retry", headers={**OURS, "X-Console": "1"})

    assert bool(re.search(r'data-may="[^"]*retry', text)) is offered
    assert (answer.status_code, len(gateway.asked("POST", f"/orders/{ORDER_ID}/retry"))) == (
        (200, 1) if role == "admin" else (403, 0)
    )


@pytest.mark.parametrize(("path", "part"), [("/payments", "payment"), ("/deliveries", "delivery")])
async def test_an_order_is_shown_while_another_service_does_not_answer(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, *, path: str, part: str
) -> None:
    await log_in("admin@example.com")
    none_yet = (await client.get(PAGE)).text
    gateway.answers["GET", path] = (503, {"title": "Down", "detail": "It is down."})
    answer = await client.get(PAGE)
    gateway.answers["GET", path] = (429, {"title": "Too many", "detail": "Ask later."})
    refused = await client.get(PAGE)

    said = answer.text[answer.text.index(f'id="order-{part}"') :]
    assert (answer.status_code, "does not answer" in said[: said.index("</section>")]) == (200, True)
    assert answer.text.count("does not answer") == 1
    assert "does not answer" not in none_yet
    assert (refused.status_code, "Ask later." in refused.text) == (429, True)


async def test_late_orders_are_a_choice_of_the_list(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    await log_in("admin@example.com")

    text = (await client.get("/console/orders?show=late")).text

    assert '<option value="late" selected>Late</option>' in text
    asked = {show: Filter(show).params for show in ("late", "attention", "delivered", "all")}
    chosen = {show: one.keys() & {"late", "needs_attention", "status"} for show, one in asked.items()}
    assert chosen == {"late": {"late"}, "attention": {"needs_attention"}, "delivered": {"status"}, "all": set()}


async def test_a_search_in_vain_is_said_on_the_list(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    await log_in("owner@example.com")

    text = (await client.get("/console/orders?sought=%3CEmma%3E")).text

    assert "No order has the id “&lt;Emma&gt;”." in text
    assert 'placeholder="Order id"' in text


async def test_a_list_with_more_rows_has_a_link(client: httpx2.AsyncClient, gateway: Any, log_in: LogIn) -> None:
    await log_in("admin@example.com")
    page = gateway.answers["GET", "/orders"][1]
    assert 'id="more-rows"' not in (await client.get("/console/orders")).text

    page["next_cursor"] = "c2"
    text = (await client.get("/console/orders?show=all&rows=1")).text

    assert f'href="/console/orders?show=all&amp;rows=51#order-{ORDER_ID}"' in text
    assert 'data-stream="/console/orders/stream?show=all&amp;rows=1"' in text
    assert (await client.get("/console/orders?rows=201")).status_code == 422


@pytest.mark.parametrize(
    ("email", "path", "listing"),
    [
        ("admin@example.com", "/console/orders", "/restaurants"),
        ("owner@example.com", "/console/kitchen", "/restaurants/mine"),
    ],
)
async def test_restaurants_to_choose_from_are_read_beyond_the_first_page(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, *, email: str, path: str, listing: str
) -> None:
    await log_in(email)
    items = [{"id": f"r{number}", "name": "Night Owl"} for number in range(100)]
    gateway.answers["GET", listing] = (200, {"items": items, "next_cursor": "c1"})

    assert (await client.get(path)).text.count("Night Owl") >= 1000
    assert len(gateway.asked("GET", listing)) == 10


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/console/nothing", 404, "Diese Seite gibt es nicht"),
        ("/console/orders/1", 422, "Die Adresse ist nicht gültig"),
        ("/console/kitchen", 403, "Ihre Rolle hat diese Seite nicht"),
        ("/console/people", 500, "Die Konsole hat versagt"),
    ],
)
async def test_an_error_of_the_console_is_a_page_in_the_users_language(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, path: str, status: int, title: str
) -> None:
    await log_in("admin@example.com")
    gateway.answers["GET", "/users"] = (200, {})

    answer = await client.get(path, headers={"Accept-Language": "de"})

    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in answer.text
    assert (await client.get("/nothing")).headers["content-type"] == "application/problem+json"


async def test_a_refused_method_lists_the_allowed_ones(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/console/people", headers=OURS)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_every_error_of_the_console_has_a_text() -> None:
    others = {errors.LoggedOutError, errors.RefusedError}
    own = {one for one in vars(errors).values() if isinstance(one, type) and one.__module__ == errors.__name__}
    slugs = {one.slug() for one in own - others if issubclass(one, ServiceError)}

    assert {f"{part}.{slug}" for part in ("refusal", "refusal_title") for slug in slugs} <= catalogue().keys()


async def test_a_form_that_cannot_be_read_is_a_notice(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    await log_in("admin@example.com")
    headers = {**OURS, "X-Console": "1"}

    answer = await client.post(f"{PAGE}/cancel", data={f"f{number}": "1" for number in range(30)}, headers=headers)

    assert answer.status_code == 400
    assert "The form cannot be read" in answer.json()["notice"]


async def test_too_many_digits_of_minutes_are_refused_by_the_api(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("owner@example.com")
    form = {"prep_minutes": "9" * 5000}

    answer = await client.post(f"/console/kitchen/{ORDER_ID}/orders/{ORDER_ID}/accept", data=form, headers=OURS)

    assert answer.status_code == 404
    assert len(gateway.asked("POST", f"/orders/{ORDER_ID}/accept")) == 1


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [(None, "de-CH,de;q=0.9,en;q=0.8", "de"), (None, "fr,en;q=0.5", "en"), (None, "", "en"), ("en", "de", "en")],
)
def test_the_language_is_chosen_or_accepted(chosen: str | None, accepted: str, language: str) -> None:
    assert language_of(chosen, accepted) == language


async def test_chosen_language_and_theme_are_stored(client: httpx2.AsyncClient, log_in: LogIn) -> None:
    await log_in("admin@example.com")
    referer = {**OURS, "Referer": "http://service/console/orders?show=all"}
    answer = await client.post("/console/choices", data={"language": "de"}, headers=referer)
    await client.post("/console/choices", data={"theme": "dark"}, headers=referer)

    assert answer.headers["location"] == "/console/orders?show=all"
    text = (await client.get("/console/orders")).text
    assert '<html lang="de" data-theme="dark">' in text
    assert "Bestellungen" in text


@pytest.mark.parametrize("referer", ["http://[", "http://service", "http://elsewhere/orders", "no address"])
async def test_a_choice_without_a_console_referer_redirects_to_the_first_page(
    client: httpx2.AsyncClient, referer: str
) -> None:
    answer = await client.post("/console/choices", data={"theme": "dark"}, headers={**OURS, "Referer": referer})

    assert (answer.status_code, answer.headers["location"]) == (303, "/console")


async def test_assets_are_cached_forever_by_edition(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/console/log-in")).text
    [script] = re.findall(r'src="([^"]+)"', page)

    assert "immutable" in (await client.get(script)).headers["cache-control"]
    old = await client.get("/console/assets/before/console.js")
    assert "max-age=0" in old.headers["cache-control"]
    assert (await client.get("/console/assets/before/secrets.py")).status_code == 404


def test_every_text_in_the_sources_exists() -> None:
    package, named = files("console_service"), set()
    for path in package.rglob("*"):  # type: ignore[attr-defined]  # a folder of this machine
        if path.suffix in {".html", ".py"}:
            named |= set(re.findall(r'(?:\bt|text)\("([a-z_]+\.[a-z_]+)"', path.read_text()))

    assert named
    assert sorted(named - catalogue().keys()) == []
