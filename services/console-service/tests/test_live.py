import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from console_service.adapters.pages import Pages
from console_service.errors import ApiDownError, LoggedOutError
from console_service.rules.changes import View
from console_service.service import live


class StandIn:
    """A visitor whose API says when something changes."""

    def __init__(self) -> None:
        self.api = self
        self.news: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.opened = 0

    async def events(self, _: str) -> AsyncIterator[tuple[str, str]]:
        self.opened += 1
        while True:
            yield await self.news.get()

    def render(self, _: str, *, error: Exception | None) -> str:
        return f"<problem {error}>"


@pytest.fixture
def service_environment(redis_url: str) -> dict[str, str]:
    return {"REDIS_URL": redis_url, "REFRESH_SECONDS": "0.01", "LOOK_SECONDS": "60", "REDIS_TIMEOUT": "10"}


async def told(stream: AsyncIterator[str]) -> list[dict[str, str]]:
    block = await asyncio.wait_for(anext(stream), 5)
    lines = [line.removeprefix("data: ") for line in block.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines]


async def test_a_page_follows_the_events_of_its_stream(app: FastAPI) -> None:
    visitor: Any = StandIn()
    views: list[View] = [{"head": "<1>"}, {"head": "<1>"}, {"head": "<2>"}]
    heard: dict[str, str] = {}

    async def read() -> View:
        return views.pop(0) if len(views) > 1 else views[0]

    stream = live.follow(visitor, app.state.resources, read, ["/any"], heard=heard)
    assert await asyncio.wait_for(anext(stream), 5) == live.RETRY
    assert [one["id"] for one in await told(stream)] == ["head", "problem"]
    visitor.news.put_nowait(("order", "1"))
    assert await asyncio.wait_for(anext(stream), 5) == live.HEARTBEAT
    visitor.news.put_nowait(("position", "here"))
    assert await told(stream) == [{"do": "replace", "id": "head", "html": "<2>"}]
    assert heard == {"order": "1", "position": "here"}
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator


async def test_a_page_says_that_it_cannot_be_read_and_goes_on(app: FastAPI) -> None:
    visitor: Any = StandIn()
    answers: list[Any] = [{"head": "<1>"}, ApiDownError("away"), {"head": "<2>"}]

    async def read() -> View:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    stream = live.follow(visitor, app.state.resources, read, [], look_seconds=0.01)
    await anext(stream)
    await told(stream)
    assert await told(stream) == [{"do": "replace", "id": "problem", "html": "<problem away>"}]
    assert [one["html"] for one in await told(stream)] == ["<2>", "<problem None>"]
    await stream.aclose()  # type: ignore[attr-defined]


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
        assert "away" in pages.render("problem.html", language, error=ApiDownError("away"))
