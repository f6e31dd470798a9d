"""The rounds of races, and their users."""

from collections.abc import Callable, Iterator

import pytest
from e2e.running import Running
from e2e.scene import Scene
from races.rounds import Races


@pytest.fixture
def races(running: Running, scene: Callable[..., Scene], pytestconfig: pytest.Config) -> Iterator[Races]:
    yield Races(scene, pytestconfig.getoption("--rounds"))
    running.verify()
