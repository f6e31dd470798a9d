import asyncio

import httpx2
import pytest
from e2e.running import Running
from security.forging import Forger
from security.operations import Call, calls_of
from security.world import World, build


@pytest.fixture(scope="session")
def world(running: Running) -> World:
    return asyncio.run(build(running))


@pytest.fixture(scope="session")
def forger(running: Running) -> Forger:
    return Forger.of(running)


@pytest.fixture(scope="session")
def calls(world: World) -> list[Call]:
    return calls_of(httpx2.get(f"{world.url}/openapi.json").json())
