from pathlib import Path

import pytest

APPS = Path(__file__).parent / "apps"


@pytest.fixture
def apps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(APPS))
