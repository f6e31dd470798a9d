import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

LogIn = Callable[..., Awaitable[httpx2.Response]]
OURS = {"Origin": "http://service"}
ID = "01a21cb6-50c9-715a-a4f0-000000000002"
PATH, PAGE = f"/restaurants/{ID}/menu", f"/console/restaurants/{ID}/menu"
RESTAURANT = {
    "id": ID,
    "name": "Night <Owl>",
    "place": {"line1": "Oven 1", "city": "Ghent"},
    "open_now": True,
    "paused": False,
    "currency": "EUR",
    "minor_units": 2,
}
SOUP = {
    "id": "d1",
    "name": "Soup",
    "description": "Hot",
    "price": 595,
    "available": True,
    "option_groups": [{"id": "g1", "name": "Size", "min": 0, "max": 1, "options": []}],
    "section_id": None,
    "external_id": None,
}
STARTERS: dict[str, Any] = {"id": "s1", "name": "Starters", "description": "", "weekly": [], "external_id": None}
MENU = {"currency": "EUR", "items": [{**SOUP, "id": "d2", "section_id": "s1", "available": False}, SOUP]}
CHANGES: list[dict[str, Any]] = [{"kind": "dish", "id": None, "name": "Stew <1>", "external_id": None, "fields": []}]
DIFF = {"dry_run": True, "added": CHANGES, "changed": [], "removed": [], "unchanged": 1}
TAG = '"3.17"'


@pytest.fixture(autouse=True)
def restaurant(gateway: Any) -> None:
    gateway.answers |= {
        ("GET", f"/restaurants/{ID}"): (200, RESTAURANT),
        ("GET", PATH): (200, {**MENU, "sections": [STARTERS]}),
        ("PUT", PATH): (200, DIFF),
    }
    gateway.tags[PATH] = TAG


async def test_a_menu_is_shown_by_section_and_changed_by_its_restaurant_alone(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")
    text = (await client.get(PAGE)).text

    assert text.index("Without a section") < text.index("Starters")
    assert ("Night &lt;Owl&gt;" in text, "<textarea" in text, text.count("sold out")) == (True, False, 1)
    assert [(await client.post(f"{PAGE}{more}", headers=OURS)).status_code for more in ("", "/replace")] == [403, 403]
    assert gateway.asked("PUT", PATH) == []
    await log_in("owner@example.com")
    assert "<textarea" in (await client.get(PAGE)).text


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (
            "\ufeffname;price\r\nsoup;6,50\r\nStew;8\r\n",
            {"sections": [], "items": [{"id": "d2", "name": "soup", "price": 650}, {"name": "Stew", "price": 800}]},
        ),
        (' {"items": []}', {"items": []}),
    ],
)
async def test_a_menu_is_compared_and_then_replaced_if_unchanged(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, text: str, body: Any
) -> None:
    await log_in("owner@example.com")

    compared = await client.post(PAGE, data={"text": text}, headers=OURS)
    [(sent, headers)] = gateway.asked("PUT", PATH)
    assert _without_kept(json.loads(sent)) == body
    assert (headers["if-match"], headers["content-type"]) == (TAG, "application/json")
    assert "Stew &lt;1&gt;" in compared.text
    assert "1 added, 0 changed, 0 removed, 1 unchanged" in compared.text
    assert 'name="tag" value="&#34;3.17&#34;"' in compared.text

    gateway.tags[PATH] = '"4.18"'
    replaced = await client.post(f"{PAGE}/replace", data={"text": text, "tag": TAG}, headers=OURS)
    assert (replaced.status_code, replaced.headers["location"]) == (303, f"{PAGE}?replaced=true")
    assert [headers["if-match"] for _, headers in gateway.asked("PUT", PATH)] == [TAG, TAG]
    assert gateway.puts == ["dry_run=true", "dry_run=false"]
    assert "The menu was replaced." in (await client.get(replaced.headers["location"])).text


@pytest.mark.parametrize(
    ("text", "answer", "status", "said"),
    [
        ("name;price\nSoup;much\n", None, 422, "The menu cannot be read: line 2: price is &#39;much&#39;"),
        ("", None, 422, "the columns name, price are unknown, missing or repeated"),
        ('{"items": 1}', (422, {"title": "Not valid", "detail": "items: a list"}), 422, "Not valid: items: a list"),
        ("name;price\nSoup;1\n", (412, {"title": "It has changed", "detail": "Read."}), 412, "It has changed: Read."),
        ("name;price\nSoup;1\n", (403, {"title": "Not yours", "detail": "Ask."}), 403, "Not yours: Ask."),
    ],
)
async def test_an_error_is_shown_beside_the_text(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, *, text: str, answer: Any, status: int, said: str
) -> None:
    await log_in("owner@example.com")
    if answer:
        gateway.answers["PUT", PATH] = answer

    for more in ("", "/replace"):
        refused = await client.post(PAGE + more, data={"text": text, "tag": TAG}, headers=OURS)
        assert (refused.status_code, said in refused.text) == (status, True)
        [kept] = re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", refused.text)
        assert kept.replace("&#34;", '"') == text


async def test_an_api_that_is_down_and_a_form_of_another_site_are_errors(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("owner@example.com")
    foreign = await client.post(f"{PAGE}/replace", data={"text": "{}"}, headers={"Origin": "http://elsewhere"})
    gateway.down = True

    away = [await client.get(PAGE), await client.post(PAGE, data={"text": "{}"}, headers=OURS)]

    assert foreign.status_code == 403
    assert [one.status_code for one in away] == [503, 503]
    assert gateway.asked("PUT", PATH) == []


def _without_kept(menu: dict[str, Any]) -> dict[str, Any]:
    """Return a menu without the fields taken from the current one, except the ids."""
    kept = {"description", "option_groups", "external_id"}
    return {name: [{key: one[key] for key in one.keys() - kept} for one in listed] for name, listed in menu.items()}
