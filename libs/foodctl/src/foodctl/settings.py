"""The settings of foodctl, from the environment."""

from pathlib import Path

from pydantic import Field, SecretStr

from devservers.settings import Settings as ServerSettings

PROJECT = Path(__file__).resolve().parents[4]


class Settings(ServerSettings):
    """The variables that start with FOODAPP_."""

    database_urls: dict[str, str] | None = Field(
        default=None, description="the database URLs by package, as JSON, without a state folder"
    )
    secrets_dir: Path | None = Field(
        default=None,
        description="a folder with RABBITMQ_URL and one folder for each service, such as order_service/DATABASE_URL",
    )
    passwords: dict[str, SecretStr] | None = Field(
        default=None, description="each service's password at RabbitMQ and Redis, by its name, as JSON: for `accounts`"
    )
    admin_email: str | None = Field(
        default=None, description="an admin who approves the restaurant and driver of `smoke`"
    )
    admin_password: SecretStr | None = None
    state: Path = PROJECT / ".foodapp"
    collector: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    jaeger_url: str | None = Field(default=None, validation_alias="JAEGER_URL")
