"""The settings of a service, from the environment, `.env` and a secrets directory."""

import os
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from foodchassis.kernel import production


class ServiceSettings(BaseSettings):
    """The settings that every service has; a service adds its own by subclassing.

    Each field is read from the environment variable of its name, then from `.env`, then from a
    file of its name in the directory that SECRETS_DIR names.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", secrets_dir=os.environ.get("SECRETS_DIR")
    )

    own_dangers: ClassVar[tuple[production.Danger, ...]] = ()
    """What a service has beside the usual that is fit for development alone."""

    url_servers: ClassVar[dict[str, str]] = {
        "auth_issuer": "clients",
        "auth_jwks_url": "services",
        "otel_exporter_otlp_endpoint": "services",
    }
    """Settings with a URL whose name does not end in `_url`, or does not name its server."""

    auth_scopes: ClassVar[dict[str, str]] = {}
    """What API clients may be allowed: each scope, and what it allows."""

    service_name: str
    service_namespace: str = Field(default="default", description="the system it is part of, in traces")
    service_version: str = "0.1.0"
    environment: Literal["dev", "prod"] = "dev"
    allowed_in_production: frozenset[str] = Field(
        default=frozenset(), description="names of what production would refuse to start with, such as open-metrics"
    )

    database_url: SecretStr | None = None
    database_pool_size: int = Field(default=10, description="connections for requests")
    messages_in_hand: int = Field(
        default=8, ge=1, description="messages, deadlines and answers handled at once, each on a connection of its own"
    )
    effects_in_hand: int = Field(default=64, ge=1, description="questions to other systems under way at once")
    effects_of_a_group: int = Field(default=8, ge=1, description="of these, those that share a group")
    effect_lease: float = Field(default=30.0, gt=0, description="seconds until an unanswered question is asked again")
    database_pool_timeout: float = Field(default=5.0, description="seconds to wait for a free connection")
    database_statement_timeout: int = Field(default=8_000, description="milliseconds; less than callers wait")
    database_lock_timeout: int = Field(default=5_000, description="milliseconds")
    database_behind_pgbouncer: bool = False

    redis_url: SecretStr | None = None
    redis_timeout: float = Field(default=0.5, description="seconds for one command")

    rabbitmq_url: SecretStr | None = None
    broker_required: bool = Field(
        default=True, description="refuse to start with event handlers and without a broker; always so in prod"
    )
    events_exchange: str = Field(default="events", description="the topic exchange that all services publish to")
    retry_prefix: str = Field(default="retry", description="begins the names of the queues where retries wait")
    broker_prefetch: int = 20
    broker_watch_interval: float = Field(default=5.0, description="seconds between two looks at our consumers")
    consumer_stall_seconds: float = Field(
        default=60.0, gt=0, description="a consumer that has messages and acknowledges none for so long is restarted"
    )
    retry_delays: tuple[float, ...] = Field(default=(0.1, 1.0, 5.0, 30.0), description="seconds before each new try")
    outbox_poll_interval: float = 1.0
    outbox_batch: int = 200
    outbox_max_attempts: int = 10
    measure_interval: float = Field(default=5.0, description="seconds between two looks for gauges")
    sweep_interval: float = Field(default=1.0, description="seconds between two looks for passed deadlines")

    inbox_days: float = Field(
        default=14, gt=0, description="how long a handled event is remembered, and a repeat of it does nothing"
    )
    answers_days: float = Field(default=7, gt=0, description="how long an answer to an Idempotency-Key is stored")
    retention_interval: float = Field(default=300.0, gt=0, description="seconds between two looks for old rows")
    retention_batch: int = Field(default=1_000, ge=1, description="rows deleted in one transaction")

    auth_issuer: str = "http://localhost:8000"
    auth_audience: str = Field(default="default", description="the `aud` claim a token must carry")
    auth_jwks_url: str | None = None
    auth_jwks: str | None = Field(default=None, description="a static JWKS document instead of a URL")
    auth_jwks_seconds: float = Field(
        default=300, gt=0, description="how long fetched keys are trusted, at most; less when the issuer says so"
    )
    auth_jwks_stale_seconds: float = Field(
        default=3600, ge=0, description="how much longer while the issuer cannot be reached; then tokens get 503"
    )
    auth_algorithms: tuple[str, ...] = ("ES256", "Ed25519")
    auth_leeway_seconds: int = Field(default=60, ge=0, le=60, description="how far clocks may differ: iat, nbf, exp")
    auth_token_type: str = Field(default="at+jwt", description="the `typ` header an access token must carry")
    auth_roles_claim: str = Field(
        default="roles", description="the claim that lists roles; `realm_access.roles` looks inside another one"
    )

    max_body_bytes: int = 1_048_576
    stream_heartbeat_seconds: float = Field(default=15, gt=0, description="between two heartbeats on a stream")
    stream_poll_seconds: float = Field(
        default=1, gt=0, description="between two looks of a stream at the database without Redis"
    )
    drain_seconds: float = Field(default=0.0, description="how long readiness fails before the server stops")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "json", "console"] = "auto"
    otel_exporter_otlp_endpoint: str | None = None
    trust_traceparent: bool = Field(default=True, description="whether callers may say which trace they continue")
    otel_sample_ratio: float = Field(default=1.0, ge=0, le=1)
    metrics_port: int | None = Field(default=None, description="serve /metrics here instead of on the service's port")
    metrics_host: str = Field(default="0.0.0.0", description="the address of METRICS_PORT")  # noqa: S104 - in a pod

    def dangers(self) -> Iterator[production.Danger]:
        """Yield what is fit for development alone."""
        yield from self.own_dangers
        for setting, url, name in self.urls():
            yield from production.of_url(setting, url, name)
        if self.metrics_port is not None and not production.is_loopback(self.metrics_host):
            yield production.Danger(
                "open-metrics", "everybody who reaches METRICS_PORT reads it; set METRICS_HOST=127.0.0.1."
            )

    def urls(self) -> Iterator[tuple[str, str, str]]:
        """Yield each URL that is set: its setting, its value, and the server's name in the names of dangers."""
        for field, value in self:
            if value is not None and (field.endswith("_url") or field in self.url_servers):
                name = self.url_servers.get(field, field.removesuffix("_url").replace("_", "-"))
                yield field.upper(), value.get_secret_value() if isinstance(value, SecretStr) else value, name
