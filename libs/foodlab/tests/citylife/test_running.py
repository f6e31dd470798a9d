"""The clock of a city, retries of its users, its output, and its errors."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from rich.console import Console

from devservers.state import State
from foodctl.api import Api, RefusedError
from foodctl.errors import FoodctlError
from foodlab.citylife import board
from foodlab.citylife.clock import BEGIN, HOUR, Clock
from foodlab.citylife.customers import Customers
from foodlab.citylife.grid import Point
from foodlab.citylife.opening import Kitchen, Population, town
from foodlab.citylife.people import Person
from foodlab.citylife.plan import QUIET, Plan
from foodlab.citylife.play import only, play
from foodlab.citylife.run import _close
from foodlab.citylife.world import World


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state")
    state.prepare()
    return state


@pytest.fixture
def world() -> World:
    return World(Plan(speed=60), Population(town(1)), Clock(60))


async def test_the_clock_of_a_city_is_accelerated() -> None:
    clock, began = Clock(3600), time.monotonic()
    await clock.sleep(360)

    assert 0.1 <= time.monotonic() - began < 5
    assert BEGIN + 360 <= clock.now < BEGIN + 5 * HOUR


async def test_skipping_waits_wakes_waiting_tasks() -> None:
    clock = Clock(1)
    waiting = asyncio.create_task(clock.sleep(HOUR))
    await asyncio.sleep(0)
    clock.hurry()

    await asyncio.wait_for(waiting, 5)
    assert clock.hurried


class Gateway:
    """Refuses old tokens, and is busy a given number of times."""

    def __init__(self, busy: int = 0) -> None:
        self.busy, self.renewed = busy, 0
        self.keys = set[str | None]()

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/auth/token":
            self.renewed += 1
            return httpx2.Response(200, json={"access_token": "new", "refresh_token": "next"})
        self.keys.add(request.headers.get("Idempotency-Key"))
        if request.headers["Authorization"] != "Bearer new":
            return httpx2.Response(401, json={"title": "Log in"})
        if self.busy:
            self.busy -= 1
            return httpx2.Response(503, json={"title": "Busy"})
        return httpx2.Response(409 if request.url.path == "/taken" else 200, json={})


@asynccontextmanager
async def person(answer: Callable[[httpx2.Request], httpx2.Response]) -> AsyncIterator[Person]:
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://gateway") as http:
        yield Person(Api(http, "old"), http, 1)


async def calls(gateway: Gateway, *paths: str) -> None:
    async with person(gateway.answer) as someone:
        await asyncio.gather(*(someone.call("POST", path) for path in paths))


async def test_a_token_is_renewed_once_for_concurrent_calls() -> None:
    gateway = Gateway()
    await calls(gateway, "/one", "/two", "/three")

    assert gateway.renewed == 1


async def test_a_request_is_repeated_with_its_key_while_the_system_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foodlab.citylife.people._PAUSE", 0)
    gateway = Gateway(busy=3)
    await calls(gateway, "/one")

    assert gateway.busy == 0
    assert len(gateway.keys) == 1


async def test_a_conflict_is_not_repeated() -> None:
    with pytest.raises(RefusedError):
        await calls(Gateway(), "/taken")


async def test_a_refused_stream_is_not_reopened() -> None:
    async with person(lambda _: httpx2.Response(403)) as someone:
        with pytest.raises(RefusedError, match="GET /stream: 403"):
            await anext(someone.follow("/stream"))


async def test_a_stream_with_a_refused_token_is_reopened_after_a_pause() -> None:
    asked = list[str]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        tokens = {"access_token": "new", "refresh_token": "next"}
        return httpx2.Response(200, json=tokens) if request.method == "POST" else httpx2.Response(401)

    async with person(answer) as someone:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(someone.follow("/stream"))

    assert asked == ["/stream", "/auth/token"]


def test_two_cities_of_one_seed_cannot_run_concurrently(state: State) -> None:
    with only(state, 1), only(state, 2), pytest.raises(FoodctlError, match="another --seed"), only(state, 1):
        pass
    with only(state, 1):
        pass


def test_a_city_needs_a_system(state: State) -> None:
    with pytest.raises(FoodctlError, match="just up"):
        play(QUIET, state, Console(file=StringIO()))


def test_positions_stay_within_the_rate_limit() -> None:
    for drivers in (1, 60, 400):
        assert drivers / Plan(drivers=drivers).report_every <= 40


async def test_a_city_prints_status_and_report(world: World) -> None:
    step = {"order_id": "1", "event": "order.created", "status": "pending", "actor": "customer"}
    world.stories.note({**step, "at": "2026-11-27T12:00:00Z"})
    assert "1 orders open" in board.line(world)
    assert board.problems(world) == ["order 1 is still pending"]

    world.stories.note({**step, "event": "order.delivered", "status": "delivered", "at": "2026-11-27T12:00:30Z"})
    printed = StringIO()
    board.show(world, {"order-service": (90.0, 91.4)}, Console(file=printed, width=100))

    assert "1 delivered" in board.line(world)
    assert board.problems(world) == []
    # Half a real minute is half an hour of a city at a speed of sixty.
    assert "30.0" in printed.getvalue()
    assert "91" in printed.getvalue()


@pytest.mark.parametrize(
    ("surprise", "said"),
    [(FoodctlError("POST /orders: 500"), "POST /orders: 500"), (KeyError("status"), "KeyError('status')")],
)
async def test_an_error_of_an_actor_is_reported_and_the_city_continues(
    world: World, surprise: Exception, said: str
) -> None:
    async def surprised() -> None:
        raise surprise

    world.spawn(surprised())
    await asyncio.gather(*world.tasks)

    assert board.problems(world) == [f"answer: {said}"]


async def test_an_actor_that_does_not_stop_is_reported(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stays:
        async def rest(self) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr("foodlab.citylife.run._CLOSING", 0)
    stays: Any = Stays()
    await world.noted(_close([stays], []))

    assert board.problems(world) == ["answer: TimeoutError()"]


async def test_an_order_without_a_restaurant_in_reach_is_not_placed(world: World) -> None:
    far = {"place": world.population.grid.place(Point(1e5, 1e5))}
    anyone: Any = SimpleNamespace(number=0)
    world.population.customers, world.population.kitchens = [anyone], [Kitchen(anyone, far, ())]
    await Customers(world)._order(1)

    assert world.stories.turned_away == {"no restaurant delivers there": 1}
    assert not world.stories.open
