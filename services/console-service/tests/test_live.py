import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from typing_extensions import override

from console_service.adapters.api import Api, Event
from console_service.adapters.pages import Pages
from console_service.errors import ApiDownError, LoggedOutError, RefusedError
from console_service.rules.changes import View
from console_service.service import live
from foodchassis.kernel import background


class StandIn:
    """A visitor whose API has a stream of changes."""

    def __init__(self) -> None:
        self.api = self
        self.news: asyncio.Queue[Event | Exception | None] = asyncio.Queue()
        self.opened: asyncio.Queue[str] = asyncio.Queue()

    async def events(self, _: str, after: str) -> AsyncIterator[Event]:
        self.opened.put_nowait(after)
        while (news := await self.news.get()) is not None:
            if isinstance(news, Exception):
                raise news
            yield news

    def render(self, _: str, *, error: Exception | None) -> str:
        return f"<problem {error}>"


@pytest.fixture
def service_environment(redis_url: str) -> dict[str, str]:
    return {"REDIS_URL": redis_url, "REFRESH_SECONDS": "0.01", "LOOK_SECONDS": "60", "REDIS_TIMEOUT": "10"}


async def changes_of(stream: AsyncIterator[str]) -> list[dict[str, str]]:
    block = await asyncio.wait_for(anext(stream), 5)
    lines = [line.removeprefix("data: ") for line in block.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines]


async def test_a_page_follows_the_events_of_its_stream(app: FastAPI) -> None:
    visitor: Any = StandIn()
    views: list[View] = [{"head": "<1>"}, {"head": "<1>"}, {"head": "<2>"}]
    latest: dict[str, str] = {}

    async def read() -> View:
        return views.pop(0) if len(views) > 1 else views[0]

    stream = live.follow(visitor, app.state.resources, read, ["/any"], latest=latest)
    assert await asyncio.wait_for(anext(stream), 5) == live.RETRY
    assert [one["id"] for one in await changes_of(stream)] == ["head", "problem"]
    visitor.news.put_nowait(Event("1", "order", "1"))
    assert await asyncio.wait_for(anext(stream), 5) == live.HEARTBEAT
    visitor.news.put_nowait(Event("1", "position", "here"))
    assert await changes_of(stream) == [{"do": "replace", "id": "head", "html": "<2>"}]
    assert latest == {"order": "1", "position": "here"}
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator


async def test_a_page_reports_an_error_and_continues(app: FastAPI) -> None:
    visitor: Any = StandIn()
    answers: list[Any] = [{"head": "<1>"}, ApiDownError("away"), {"head": "<2>"}]

    async def read() -> View:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    stream = live.follow(visitor, app.state.resources, read, [], look_seconds=0.01)
    await anext(stream)
    await changes_of(stream)
    assert await changes_of(stream) == [{"do": "replace", "id": "problem", "html": "<problem away>"}]
    assert [one["html"] for one in await changes_of(stream)] == ["<2>", "<problem None>"]
    await stream.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "end", [None, ApiDownError("away"), *(RefusedError(one, "No", "No") for one in (401, 408, 429, 503))]
)
async def test_an_interrupted_stream_is_reopened_after_its_last_event(
    end: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PAUSE_SECONDS", 0.001)
    visitor: Any = StandIn()
    for news in (Event("7", "order", "{}"), end):
        visitor.news.put_nowait(news)

    async with background(live._listen(visitor, "/any", asyncio.Event(), {})):
        assert [await asyncio.wait_for(visitor.opened.get(), 5) for _ in range(2)] == ["", "7"]


@pytest.mark.parametrize("status", [204, 403, 404, 422])
async def test_a_finished_stream_is_not_reopened(status: int) -> None:
    visitor: Any = StandIn()
    visitor.news.put_nowait(RefusedError(status, "No", "No"))

    await asyncio.wait_for(live._listen(visitor, "/any", asyncio.Event(), {}), 5)


async def test_a_list_is_read_completely_or_marked_as_truncated() -> None:
    limits = []

    class Listing(Api):
        def __init__(self) -> None:
            pass

        @override
        async def get(self, path: str, **params: Any) -> dict[str, Any]:
            limits.append(params["limit"])
            first = int(params["cursor"] or 0)
            return {
                "items": [{"id": first + one} for one in range(100)],
                "next_cursor": str(first + 100) if first < 200 else None,
            }

    found, whole = await Listing().all("/orders", most=1000)
    assert ([one["id"] for one in found], whole) == ([*range(300)], True)
    limits.clear()
    assert (await Listing().all("/orders", most=150))[1] is False
    assert limits == [100, 50]


async def test_a_log_in_that_has_ended_ends_the_stream(app: FastAPI) -> None:
    visitor: Any = StandIn()

    async def read() -> View:
        raise LoggedOutError

    stream = live.follow(visitor, app.state.resources, read, ["/any"])

    assert [block async for block in stream][1:] == ["event: logged-out\ndata: {}\n\n"]


async def test_a_stream_ends_when_the_service_drains(app: FastAPI) -> None:
    async def read() -> View:
        app.state.resources.draining = True
        return {}

    visitor: Any = StandIn()
    stream = live.follow(visitor, app.state.resources, read, [], look_seconds=0.01)

    assert len([block async for block in stream]) == 2


def test_problems_are_rendered_in_every_language() -> None:
    pages = Pages()

    for language in ("en", "de"):
        assert pages.render("problem.html", language, error=None) == '<div id="problem"></div>'
        assert "Too late." in pages.render("problem.html", language, error=RefusedError(409, "No", "Too late."))
    assert "Das Gateway antwortet nicht" in pages.render("problem.html", "de", error=ApiDownError("away"))
