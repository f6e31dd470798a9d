"""What foodctl is told by its surroundings; the only module that reads the environment."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[4]


class Settings(BaseSettings):
    """The variables that start with FOODAPP_."""

    model_config = SettingsConfigDict(env_prefix="FOODAPP_", env_ignore_empty=True, extra="ignore")

    postgres_url: str | None = None
    redis_url: str | None = None
    rabbitmq_url: str | None = None
    rabbitmq_management_url: str | None = None
    database_urls: dict[str, str] | None = Field(
        default=None, description="the services' databases by package, as JSON, where no state folder knows them"
    )
    secrets_dir: Path | None = Field(
        default=None,
        description="a folder with RABBITMQ_URL and one folder for each service, such as order_service/DATABASE_URL",
    )
    state: Path = PROJECT / ".foodapp"
    collector: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    jaeger_url: str | None = Field(default=None, validation_alias="JAEGER_URL")


def inherited_environment() -> dict[str, str]:
    """Copy the environment that our own processes inherit."""
    return dict(os.environ)
