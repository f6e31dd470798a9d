"""Prometheus and promtool, found or installed."""

from pathlib import Path

import pytest

from devservers.prometheus import find_prometheus


@pytest.fixture(scope="session")
def programs() -> tuple[Path, Path]:
    return find_prometheus(print)


@pytest.fixture
def promtool(programs: tuple[Path, Path]) -> Path:
    return programs[1]
