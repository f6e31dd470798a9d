"""The settings from the environment; the only module that reads it."""

import os

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The variables that start with FOODAPP_."""

    model_config = SettingsConfigDict(env_prefix="FOODAPP_", env_ignore_empty=True, extra="ignore")

    postgres_url: str | None = None
    redis_url: str | None = None
    rabbitmq_url: str | None = None
    rabbitmq_management_url: str | None = None


def inherited_environment() -> dict[str, str]:
    """Return the environment for started processes."""
    return dict(os.environ)
