"""Settings come from the environment, then from a file, then from secrets; errors name the setting."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from foodchassis import ServiceSettings


class OwnSettings(ServiceSettings):
    service_name: str = "own"
    radii: tuple[int, ...] = (1, 2)


def test_defaults_need_nothing_but_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ServiceSettings(service_name="x", _env_file=None)

    assert settings.environment == "dev"
    assert (settings.database_url, settings.redis_url, settings.rabbitmq_url) == (None, None, None)
    with pytest.raises(ValidationError, match="service_name"):
        ServiceSettings(_env_file=None)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("RADII=[7]\nLOG_LEVEL=ERROR\nNOT_OURS=1\n")
    monkeypatch.setenv("RADII", "[3, 4]")

    settings = OwnSettings(_env_file=file)

    assert (settings.radii, settings.log_level) == ((3, 4), "ERROR")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")

    assert OwnSettings(_env_file=None).database_url is None


def test_a_secret_is_read_from_its_file_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "database_url").write_text("postgresql://me:hidden@host/db\n")

    settings = OwnSettings(_env_file=None, _secrets_dir=tmp_path)

    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://me:hidden@host/db"
    assert "hidden" not in repr(settings) + str(settings.model_dump())


@pytest.mark.parametrize(
    "wrong",
    [
        {"environment": "production"},
        {"concurrent_messages": 0},
        {"effect_lease": 0},
        {"auth_leeway_seconds": 61},
        {"otel_sample_ratio": 1.1},
        {"log_level": "TRACE"},
        {"retention_batch": 0},
    ],
)
def test_a_wrong_value_names_its_setting(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        OwnSettings(_env_file=None, **wrong)
