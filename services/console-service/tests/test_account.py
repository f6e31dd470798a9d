from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

LogIn = Callable[..., Awaitable[httpx2.Response]]
ADMIN, OURS = "admin@example.com", {"Origin": "http://service"}
ID, SESSION = "01a21cb6-50c9-715a-a4f0-0000000000e1", "01a21cb6-50c9-715a-a4f0-0000000000e2"
PAGE, API = f"/console/people/accounts/{ID}", f"/users/{ID}"
USER: dict[str, Any] = {
    "id": ID,
    "name": "Emma <E>",
    "email": "emma@example.com",
    "email_verified": True,
    "phone": None,
    "role": "customer",
    "created_at": "2026-11-27T11:14:00Z",
}
LOGGED_IN = {"id": SESSION, "created_at": "2026-11-27T11:14:00Z", "expires_at": "2026-12-27T11:14:00Z"}
CHANGES = ("/sessions/end", f"/sessions/{SESSION}/end", "/erase")


@pytest.fixture
def api(gateway: Any) -> Any:
    """Return the gateway with one account that is logged in once."""
    gateway.answers["GET", API] = (200, USER)
    gateway.answers["GET", f"{API}/sessions"] = (200, [{**LOGGED_IN, "current": False}])
    gateway.answers |= {("POST", f"{API}{one}"): (204, None) for one in CHANGES}
    return gateway


async def test_an_account_is_shown_with_its_log_ins(client: httpx2.AsyncClient, api: Any, log_in: LogIn) -> None:
    await log_in(ADMIN)

    text = (await client.get(PAGE)).text

    assert "Emma &lt;E&gt;" in text
    assert f'id="session-{SESSION}"' in text
    assert 'data-may="end-all erase"' in text
    assert f"customer_id={ID}" in text
    assert 'id="sessions-none" hidden' in text
    assert "this one" not in text


async def test_what_cannot_be_done_is_not_offered(client: httpx2.AsyncClient, api: Any, log_in: LogIn) -> None:
    await log_in(ADMIN)
    api.answers["GET", API] = (200, {**USER, "role": "admin"})
    api.answers["GET", f"{API}/sessions"] = (200, [{**LOGGED_IN, "current": True}])
    own = (await client.get(PAGE)).text
    api.answers["GET", f"{API}/sessions"] = (200, [])
    nowhere = (await client.get(PAGE)).text

    assert 'data-may="end-all"' in own
    assert "this one" in own
    assert 'data-may=""' in nowhere
    assert "not logged in anywhere" in nowhere


async def test_each_change_is_a_request_of_the_api_with_its_reason(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn
) -> None:
    await log_in(ADMIN)
    form = {"reason": "Stolen <phone>.", "confirmed": "true"}

    for change in CHANGES:
        answer = await client.post(f"{PAGE}{change}", data=form, headers=OURS)
        back = "/console/people?erased=true" if change == "/erase" else PAGE
        assert (answer.status_code, answer.headers["location"]) == (303, back)
        assert [body for body, _ in api.asked("POST", f"{API}{change}")] == ['{"reason":"Stolen <phone>."}']
    api.answers["GET", "/users"] = (200, {"items": [], "next_cursor": None})
    assert "The account is erased." in (await client.get("/console/people?erased=true")).text


async def test_an_account_is_erased_only_when_that_is_confirmed(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn
) -> None:
    await log_in(ADMIN)

    answer = await client.post(f"{PAGE}/erase", data={"reason": "Asked for."}, headers=OURS)

    assert (answer.status_code, "Confirm that it cannot be undone." in answer.text) == (422, True)
    assert api.asked("POST", f"{API}/erase") == []


async def test_what_the_api_refuses_is_shown_in_its_words(client: httpx2.AsyncClient, api: Any, log_in: LogIn) -> None:
    await log_in(ADMIN)
    api.answers["POST", f"{API}/sessions/end"] = (404, {"title": "There is no such user", "detail": "It was erased."})

    answer = await client.post(f"{PAGE}/sessions/end", data={"reason": "No"}, headers={**OURS, "X-Console": "1"})

    assert (answer.status_code, "There is no such user: It was erased." in answer.json()["notice"]) == (404, True)


@pytest.mark.parametrize("change", CHANGES)
async def test_changes_are_for_admins_and_for_forms_of_ours(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn, change: str
) -> None:
    form = {"reason": "No", "confirmed": "true"}
    await log_in(ADMIN)
    assert (await client.post(f"{PAGE}{change}", data=form, headers={"Origin": "http://elsewhere"})).status_code == 403
    await log_in("owner@example.com")

    assert (await client.post(f"{PAGE}{change}", data=form, headers=OURS)).status_code == 403
    assert [(await client.get(f"{PAGE}{one}")).status_code for one in ("", "/stream")] == [403, 403]
    assert api.asked("POST", f"{API}{change}") == []
