from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

LogIn = Callable[..., Awaitable[httpx2.Response]]
OURS = {"Origin": "http://service"}
SCRIPTED = {**OURS, "X-Console": "1"}
ID = "01a21cb6-50c9-715a-a4f0-0000000000d1"
OLDER = "01a21cb6-50c9-715a-a4f0-0000000000d0"
DRIVER = {"id": ID, "name": "Dora <D>", "vehicle": "bicycle", "standing": "pending", "standing_reason": None}
RESTAURANT = {
    "id": ID,
    "name": "Night Owl",
    "place": {"line1": "Oven 1", "city": "Ghent"},
    "standing": "suspended",
    "standing_reason": "No <licence>.",
}


def page_of(*items: dict[str, Any], cursor: str | None = None) -> tuple[int, Any]:
    return 200, {"items": list(items), "next_cursor": cursor}


async def test_waiting_applicants_come_first_longest_waiting_on_top(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")
    gateway.answers["GET", "/drivers"] = page_of(DRIVER, {**DRIVER, "id": OLDER})

    text = (await client.get("/console/people/drivers?standing=rejected&rows=7")).text

    assert text.index(f'id="applicant-{OLDER}"') < text.index(f'id="applicant-{ID}"') < text.index('id="decided"')
    assert "Dora &lt;D&gt;" in text
    assert 'data-stream="/console/people/drivers/stream?standing=rejected&amp;rows=7&amp;cursor="' in text


@pytest.mark.parametrize(
    ("standing", "offered"),
    [
        ("pending", {"approve", "reject"}),
        ("approved", {"suspend"}),
        ("rejected", {"approve"}),
        ("suspended", {"approve"}),
    ],
)
async def test_possible_decisions_and_the_reason_are_shown(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, standing: str, offered: set[str]
) -> None:
    await log_in("admin@example.com")
    gateway.answers["GET", "/restaurants/applications"] = page_of({**RESTAURANT, "standing": standing})

    text = (await client.get("/console/people/restaurants")).text

    forms = {
        one for one in ("approve", "reject", "suspend") if f'action="/console/people/restaurants/{ID}/{one}"' in text
    }
    assert forms == offered
    assert "No &lt;licence&gt;." in text
    assert "Oven 1, Ghent" in text


@pytest.mark.parametrize("kind", ["drivers", "restaurants"])
async def test_a_decision_is_sent_to_the_api(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn, kind: str
) -> None:
    await log_in("admin@example.com")
    done = {"approve": "", "reject": '{"reason":"No <licence>."}', "suspend": '{"reason":"No <licence>."}'}
    gateway.answers |= {("POST", f"/{kind}/{ID}/{verdict}"): (200, {}) for verdict in done}

    for verdict, body in done.items():
        path = f"/console/people/{kind}/{ID}/{verdict}"
        answer = await client.post(path, data={"reason": "No <licence>."}, headers=OURS)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/console/people/{kind}")
        assert [sent for sent, _ in gateway.asked("POST", f"/{kind}/{ID}/{verdict}")] == [body]


async def test_an_error_of_the_api_is_shown_with_its_text(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")
    path = f"/console/people/drivers/{ID}"
    gateway.answers["POST", f"/drivers/{ID}/reject"] = (409, {"title": "Too late", "detail": "Dora is approved."})

    refused = await client.post(f"{path}/reject", data={"reason": "No"}, headers=SCRIPTED)
    gateway.down = True
    away = [await client.post(f"{path}/approve", headers=SCRIPTED), await client.get("/console/people/drivers")]

    assert (refused.status_code, "Too late: Dora is approved." in refused.json()["notice"]) == (409, True)
    assert [one.status_code for one in away] == [503, 503]


async def test_decisions_need_an_admin_and_a_form_of_the_console(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    path = f"/console/people/drivers/{ID}/approve"
    await log_in("admin@example.com")
    foreign = await client.post(path, headers={"Origin": "http://elsewhere"})
    assert (foreign.status_code, (await client.post(f"{path}s", headers=OURS)).status_code) == (403, 422)
    await log_in("owner@example.com")

    assert (await client.post(path, headers=OURS)).status_code == 403
    assert (await client.get("/console/people/drivers")).status_code == 403
    assert gateway.asked("POST", f"/drivers/{ID}/approve") == []


async def test_empty_and_truncated_lists_have_a_note(client: httpx2.AsyncClient, gateway: Any, log_in: LogIn) -> None:
    await log_in("admin@example.com")
    gateway.answers["GET", "/drivers"] = page_of()
    empty = (await client.get("/console/people/drivers")).text
    gateway.answers["GET", "/drivers"] = page_of(DRIVER, cursor="c2")

    assert empty.count('-none">There are none.') == 2
    assert "Only the newest 200 are shown." in (await client.get("/console/people/drivers?rows=1")).text
