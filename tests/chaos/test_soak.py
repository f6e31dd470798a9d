import asyncio
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from foodlab.chaos.soak import Soak, growth, measured, slope, wrong

EVERY, TIMES = 5.0, 360


def samples(*values: float) -> list[tuple[float, float]]:
    return [(EVERY * number, value) for number, value in enumerate(values)]


def leaking(megabytes: float, seed: int = 1) -> list[tuple[float, float]]:
    """Return half an hour of samples: a warm-up, then a leak of `megabytes` per ten minutes, and noise."""
    chance = random.Random(seed)
    warm = [60 + min(number, 60) / 2 for number in range(TIMES)]
    return samples(*(base + megabytes * EVERY * n / 600 + chance.uniform(-0.5, 0.5) for n, base in enumerate(warm)))


def test_a_leak_is_detected_despite_noise_and_warm_up() -> None:
    assert abs(slope(leaking(0))) < 0.1
    assert 1.9 < slope(leaking(2)) < 2.1


def test_an_unbounded_table_is_named_and_a_pruned_one_is_not() -> None:
    pruned = samples(*(1_000 + n % 30 for n in range(TIMES)))
    growing = samples(*(10.0 * n for n in range(TIMES)))

    assert growth(pruned) < 1.01
    assert wrong({"order-service": leaking(0.3)}, {"order_service.inbox": pruned}) == []
    assert wrong({}, {"order_service.inbox": growing}) == ["order_service.inbox grows 1.50 times"]


def test_small_changes_of_row_counts_are_allowed() -> None:
    assert wrong({}, {"order_service.outbox": samples(*[0] * 20, *[3] * 10)}) == []


def test_a_service_that_grows_is_named_with_its_slope() -> None:
    found = {"menu-service": leaking(2)}

    assert wrong(found, {}) == [f"menu-service grows by {slope(found['menu-service']):.2f} MB in 10 min"]
    assert measured(found, {})["memory of menu-service"].endswith("+2.04 MB in 10 min")


def test_too_few_measurements_are_a_problem() -> None:
    memory, rows = {"menu-service": samples(60, 61)}, {"menu_service.inbox": samples()}

    assert wrong(memory, rows) == ["menu-service was not measured", "menu_service.inbox was not measured"]
    assert measured(memory, rows) == {}


async def test_a_soak_continues_without_a_service_and_a_database(tmp_path: Path) -> None:
    looked = list[str]()

    def pids(name: str) -> list[int]:
        looked.append(name)
        return [2**22 + 1]

    urls = {"menu_service": "postgresql://127.0.0.1:9/none"}
    stage: Any = SimpleNamespace(
        instances=[SimpleNamespace(name="menu-service")], pids=pids, system=SimpleNamespace(database_urls=urls)
    )
    soak = Soak([], 1, 1, tmp_path, Console(), memory={"menu-service": []})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await soak._sample(stage)

    assert looked == ["menu-service"]
    assert soak.memory == {"menu-service": []}
