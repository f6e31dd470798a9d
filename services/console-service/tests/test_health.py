import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from markupsafe import escape

from console_service.errors import NoStoreError
from console_service.service import answering, health
from console_service.service.health import SERVICES, DeadLetters
from console_service.settings import ConsoleSettings
from foodchassis import now

LogIn = Callable[..., Awaitable[httpx2.Response]]
ADMIN, OWNER, OURS = "admin@example.com", "owner@example.com", {"Origin": "http://service"}
STATE: dict[str, Any] = {
    "broker": "up",
    "outbox": {"waiting": 3, "oldest_seconds": 1.9, "parked": 0},
    "queues": [],
    "dead_letters": 0,
    "deadlines_overdue": 0,
    "effects_waiting": 0,
}
LETTER: dict[str, Any] = {
    "id": "01a21cb6-50c9-715a-a4f0-0000000000aa",
    "queue": "order-service.order.paid",
    "reason": "ValueError: <no> such order",
    "attempts": 5,
    "parked_at": "2026-11-27T11:14:00Z",
    "replayable": True,
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "body": '{"email": "emma@example.com", "note": "<b>"}',
}
INVARIANT = {"invariant": 4, "title": "paid is what is owed", "checked": 12, "violations": 0}
RUN = {
    "at": now().isoformat(),
    "ok": True,
    "seconds": 1.25,
    "invariants": [INVARIANT],
    "violations": [],
    "undecided": 0,
}
VERIFIED = "/operations/order-service/verification"
PAGE = "/console/health/order-service"
ACTS = f"{PAGE}/{LETTER['id']}"
LETTERS = "/operations/order-service/dead-letters"


def queue(name: str, messages: int, consumers: int) -> dict[str, Any]:
    return {"name": name, "messages": messages, "consumers": consumers}


@pytest.fixture
def api(gateway: Any) -> Any:
    """Return the gateway with every service up and one dead letter."""
    gateway.answers |= {("GET", f"/operations/{one}"): (200, STATE) for one in SERVICES}
    gateway.answers["GET", "/operations/order-service"] = (200, {**STATE, "dead_letters": 1})
    gateway.answers["GET", LETTERS] = (200, {"items": [LETTER], "total": 1})
    return gateway


async def test_each_service_has_a_row_and_problems_are_marked(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn
) -> None:
    await log_in(ADMIN)

    text = (await client.get("/console/health")).text

    assert all(f'id="service-{one}"' in text for one in SERVICES)
    assert text.count('class="attention"') == 1
    assert 'id="service-order-service" class="attention"' in text
    assert f'href="{PAGE}"' in text
    assert '<a href="/console/health" aria-current="page">Health</a>' in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"broker": "down", "dead_letters": None},
        {"outbox": {"waiting": 1, "oldest_seconds": 61.0, "parked": 0}},
        {"outbox": {"waiting": 0, "oldest_seconds": 0.0, "parked": 1}},
        {"deadlines_overdue": 1},
    ],
)
async def test_rows_that_need_attention_are_marked(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn, wrong: dict[str, Any]
) -> None:
    await log_in(ADMIN)
    api.answers["GET", "/operations/menu-service"] = (200, {**STATE, **wrong})

    assert 'id="service-menu-service" class="attention"' in (await client.get("/console/health")).text


async def test_a_service_that_is_down_does_not_hide_the_others(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn
) -> None:
    await log_in(ADMIN)
    api.answers["GET", "/operations/user-service"] = (503, {"title": "Down", "detail": "It is down."})

    answer = await client.get("/console/health")

    assert answer.status_code == 200
    assert answer.text.count("The service does not answer") == 1
    assert all(f'id="service-{one}"' in answer.text for one in SERVICES)


@pytest.mark.parametrize("status", [403, 429])
async def test_a_refused_user_gets_an_error_instead_of_a_missing_service(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn, status: int
) -> None:
    await log_in(ADMIN)
    api.answers["GET", "/operations/user-service"] = (status, {"title": "No", "detail": "Ask later."})

    answer = await client.get("/console/health")

    assert (answer.status_code, "Ask later." in answer.text) == (status, True)


async def test_what_was_verified_last_is_shown_with_what_violates_it(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn
) -> None:
    await log_in(ADMIN)

    async def shown(answer: tuple[int, Any]) -> str:
        api.answers["GET", VERIFIED] = answer
        text = (await client.get("/console/health")).text
        return text[text.index('id="verification"') : text.index("</section>", text.index('id="verification"'))]

    never = await shown((404, {"title": "Never", "detail": "It never ran."}))
    silent = await shown((503, {"title": "Down", "detail": "It is down."}))
    good = await shown((200, RUN))
    wrong = await shown((200, {**RUN, "ok": False, "invariants": [{**INVARIANT, "violations": 2}], "violations": [
        {"invariant": 4, "subject": "<order>", "says": "captured twice", "detail": "2 > 1"}
    ]}))  # fmt: skip
    undecided = await shown((200, {**RUN, "ok": False, "undecided": 3}))
    old = await shown((200, {**RUN, "at": "2020-01-01T00:00:00Z"}))

    assert "never ran" in never
    assert "foodctl verify" in never
    assert "does not answer" in silent
    assert "all 1 invariants hold" in good
    assert "12 objects checked" in good
    assert "2 violations" in wrong
    assert "&lt;order&gt;" in wrong
    assert "captured twice: 2 &gt; 1" in wrong
    assert "3 not decided yet" in undecided
    assert "older than two days" in old
    assert ["older than two days" in one for one in (never, silent, good, wrong, undecided)] == [False] * 5


class Reader:
    """A visitor whose API returns the responses that a test sets."""

    def __init__(self, answer: Callable[[str], Awaitable[dict[str, Any]]]) -> None:
        self.api = self
        self.get = answer

    def render(self, template: str, **context: Any) -> str:
        return f"{template} {context}"


async def test_without_redis_the_page_has_an_error() -> None:
    async def answer(_: str) -> dict[str, Any]:
        raise NoStoreError

    visitor: Any = Reader(answer)
    with pytest.raises(NoStoreError):
        await health.services(visitor)


async def test_a_slow_service_does_not_delay_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(path: str) -> dict[str, Any]:
        if path.endswith("menu-service"):
            await asyncio.Event().wait()
        return {} if path == VERIFIED else STATE

    monkeypatch.setattr(answering, "ANSWER_SECONDS", 0.1)
    visitor: Any = Reader(answer)
    rows: Any = (await asyncio.wait_for(health.services(visitor), 5))["services"]

    assert [name for name, row in rows.items() if "'state': None" in row] == ["service-menu-service"]


async def test_queues_without_a_consumer_come_first_then_the_fullest(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn
) -> None:
    await log_in(ADMIN)
    queues = [queue("o.a", 0, 1), queue("o.b", 7, 1), queue("o.c", 0, 0)]
    api.answers["GET", "/operations/menu-service"] = (200, {**STATE, "queues": queues})

    text = (await client.get("/console/health")).text

    places = [text.index(f'id="queue-{name}"') for name in ("o-c", "o-b", "o-a")]
    assert places == sorted(places)
    assert 'id="queue-o-c" class="attention"' in text


async def test_dashboards_are_linked_if_configured(
    client: httpx2.AsyncClient, app: FastAPI, api: Any, log_in: LogIn
) -> None:
    await log_in(ADMIN)
    settings = app.state.resources.get(ConsoleSettings)
    paths = ("/console/health", PAGE)
    assert [one in (await client.get(path)).text for path in paths for one in ("Grafana", "Jaeger", "http")] == [
        False
    ] * 6

    settings.grafana_url, settings.jaeger_url = "https://grafana.example/", "https://jaeger.example/"

    overview, dead_letters = [(await client.get(path)).text for path in paths]
    assert '<a href="https://grafana.example/" rel="noreferrer">Grafana</a>' in overview
    assert '<a href="https://jaeger.example/" rel="noreferrer">Jaeger</a>' in overview
    assert f'href="https://jaeger.example/trace/{LETTER["trace_id"]}"' in dead_letters


@pytest.mark.parametrize("url", ["javascript:alert(1)", "jaeger.example", "https://a b"])
def test_a_link_must_be_a_url(url: str) -> None:
    with pytest.raises(ValueError, match="jaeger_url"):
        ConsoleSettings(jaeger_url=url)


async def test_a_dead_letter_is_shown_escaped_with_its_actions(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn
) -> None:
    await log_in(ADMIN)

    text = (await client.get(PAGE)).text

    assert "ValueError: &lt;no&gt; such order" in text
    assert "&#34;email&#34;: &#34;emma@example.com&#34;,\n" in text
    assert "<b>" not in text
    assert f'action="{ACTS}/replay"' in text
    api.answers["GET", LETTERS] = (200, {"items": [{**LETTER, "replayable": False, "body": "no"}], "total": 200})
    other = (await client.get(PAGE)).text
    assert f'action="{ACTS}/replay"' not in other
    assert "1 of 200" in other


@pytest.mark.parametrize("body", ['{"note": "\\ud800"}', "[" * 100_000, "9" * 5000, "no <JSON>"])
async def test_a_dead_letter_that_is_not_json_is_shown_unchanged(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn, body: str
) -> None:
    await log_in(ADMIN)
    api.answers["GET", LETTERS] = (200, {"items": [{**LETTER, "body": body}], "total": 1})

    answer = await client.get(PAGE)

    assert (answer.status_code, str(escape(body)) in answer.text) == (200, True)


async def test_dead_letters_are_replayed_and_dropped_by_the_api(
    client: httpx2.AsyncClient, api: Any, log_in: LogIn
) -> None:
    await log_in(ADMIN)
    for act in ("replay", "drop"):
        api.answers["POST", f"{LETTERS}/{LETTER['id']}/{act}"] = (204, None)

    replayed = await client.post(f"{ACTS}/replay", headers={**OURS, "X-Console": "1"})
    dropped = await client.post(f"{ACTS}/drop", data={"reason": "Of no use."}, headers=OURS)

    assert "Sent back to its queue." in replayed.json()["notice"]
    assert (dropped.status_code, dropped.headers["location"]) == (303, PAGE)
    [(body, _)] = api.asked("POST", f"{LETTERS}/{LETTER['id']}/drop")
    assert body == '{"reason":"Of no use."}'


class StandIn:
    """A visitor whose API has one service with dead letters."""

    def __init__(self, items: list[dict[str, Any]], total: int) -> None:
        self.api = self
        self.items, self.total, self.read = items, total, 0

    async def get(self, path: str, **_: Any) -> dict[str, Any]:
        if path != LETTERS:
            return {"dead_letters": self.total}
        self.read += 1
        return {"items": self.items, "total": self.total}

    def render(self, template: str, **_: Any) -> str:
        return template


async def test_dead_letters_are_read_again_after_a_change_or_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor: Any = StandIn([LETTER], 1)
    dead_letters = DeadLetters(visitor, "order-service", "")
    for _ in range(3):
        assert list((await dead_letters.view())["dead-letters"]) == [f"dead-letter-{LETTER['id']}"]
    assert visitor.read == 1

    visitor.items, visitor.total = [], 0
    for _ in range(3):
        assert (await dead_letters.view())["dead-letters"] == {}
    assert visitor.read == 2

    monkeypatch.setattr(health, "AGAIN_SECONDS", 0.0)
    await dead_letters.view()
    assert visitor.read == 3


async def test_dead_letters_read_by_another_client_are_read_again() -> None:
    visitor: Any = StandIn([], 1)
    dead_letters = DeadLetters(visitor, "order-service", "")
    await dead_letters.view()
    visitor.items = [LETTER]

    assert list((await dead_letters.view())["dead-letters"]) == [f"dead-letter-{LETTER['id']}"]


async def test_the_pages_are_for_admins_only(client: httpx2.AsyncClient, api: Any, log_in: LogIn) -> None:
    await log_in(OWNER)
    asked = len(api.seen)

    for path in ("/console/health", "/console/health/stream", PAGE, f"{PAGE}/stream"):
        assert (await client.get(path)).status_code == 403
    for act in ("replay", "drop"):
        assert (await client.post(f"{ACTS}/{act}", data={"reason": "No"}, headers=OURS)).status_code == 403
    assert len(api.seen) == asked
    assert "/console/health" not in (await client.get("/console/orders")).text


async def test_a_service_without_queues_has_no_page(client: httpx2.AsyncClient, api: Any, log_in: LogIn) -> None:
    await log_in(ADMIN)

    assert (await client.get("/console/health/api-gateway")).status_code == 422
    assert (await client.post(f"{PAGE}/{uuid4()}/replay", headers={"Origin": "http://elsewhere"})).status_code == 403
