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
    """Features of a service that are only suitable for development."""

    url_servers: ClassVar[dict[str, str]] = {
        "auth_issuer": "clients",
        "auth_jwks_url": "services",
        "otel_exporter_otlp_endpoint": "services",
    }
    """Settings with a URL whose name does not end in `_url`, or does not name its server."""

    auth_scopes: ClassVar[dict[str, str]] = {}
    """The scopes of API clients: name and description."""

    service_name: str
    service_namespace: str = Field(default="default", description="the system it is part of, in traces")
    service_version: str = "0.1.0"
    environment: Literal["dev", "prod"] = "dev"
    allowed_in_production: frozenset[str] = Field(
        default=frozenset(), description="names of dangers to allow in production, such as open-metrics"
    )

    database_url: SecretStr | None = None
    database_pool_size: int = Field(default=10, description="connections for requests")
    concurrent_messages: int = Field(
        default=8,
        ge=1,
        description="messages, deadlines and responses handled concurrently, each with its own connection",
    )
    concurrent_effects: int = Field(default=64, ge=1, description="concurrent requests to other systems")
    effects_of_a_group: int = Field(default=8, ge=1, description="of these, those that share a group")
    effect_lease: float = Field(
        default=30.0, gt=0, description="seconds until a request without a response is sent again"
    )
    database_pool_timeout: float = Field(default=5.0, description="seconds to wait for a free connection")
    database_statement_timeout: int = Field(
        default=8_000, description="milliseconds; less than the time-outs of callers"
    )
    database_lock_timeout: int = Field(default=5_000, description="milliseconds")
    database_behind_pgbouncer: bool = False

    redis_url: SecretStr | None = None
    redis_timeout: float = Field(default=0.5, description="seconds for one command")

    rabbitmq_url: SecretStr | None = None
    broker_required: bool = Field(
        default=True, description="refuse to start with event handlers but without a broker; always in prod"
    )
    events_exchange: str = Field(default="events", description="the topic exchange that all services publish to")
    retry_prefix: str = Field(default="retry", description="prefix of the names of retry queues")
    broker_prefetch: int = 20
    broker_watch_interval: float = Field(default=5.0, description="seconds between checks of the consumers")
    consumer_stall_seconds: float = Field(
        default=60.0, gt=0, description="a consumer that has messages and acknowledges none for this long is restarted"
    )
    retry_delays: tuple[float, ...] = Field(default=(0.1, 1.0, 5.0, 30.0), description="seconds before each retry")
    outbox_poll_interval: float = 1.0
    outbox_batch: int = 200
    outbox_max_attempts: int = 10
    measure_interval: float = Field(default=5.0, description="seconds between updates of gauges")
    sweep_interval: float = Field(default=1.0, description="seconds between checks for deadlines that are due")

    inbox_days: float = Field(
        default=14, gt=0, description="how long handled events are recorded, so that duplicates are ignored"
    )
    answers_days: float = Field(default=7, gt=0, description="how long the response to an Idempotency-Key is stored")
    retention_interval: float = Field(default=300.0, gt=0, description="seconds between checks for old rows")
    retention_batch: int = Field(default=1_000, ge=1, description="rows deleted in one transaction")

    auth_issuer: str = "http://localhost:8000"
    auth_audience: str = Field(default="default", description="the `aud` claim a token must carry")
    auth_jwks_url: str | None = None
    auth_jwks: str | None = Field(default=None, description="a static JWKS document instead of a URL")
    auth_jwks_seconds: float = Field(
        default=300,
        gt=0,
        description="maximum time that fetched keys are trusted; less when the issuer's Cache-Control says so",
    )
    auth_jwks_stale_seconds: float = Field(
        default=3600, ge=0, description="additional time while the issuer is unreachable; after it requests get 503"
    )
    auth_algorithms: tuple[str, ...] = ("ES256", "Ed25519")
    auth_leeway_seconds: int = Field(default=60, ge=0, le=60, description="how far clocks may differ: iat, nbf, exp")
    auth_token_type: str = Field(default="at+jwt", description="the `typ` header an access token must carry")
    auth_roles_claim: str = Field(
        default="roles", description="the claim that lists roles; a path such as `realm_access.roles` is possible"
    )

    max_body_bytes: int = 1_048_576
    stream_heartbeat_seconds: float = Field(default=15, gt=0, description="between heartbeats of a stream")
    stream_poll_seconds: float = Field(
        default=1, gt=0, description="between two queries of a stream while Redis is down"
    )
    drain_seconds: float = Field(default=0.0, description="how long readiness fails before the server stops")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "json", "console"] = "auto"
    otel_exporter_otlp_endpoint: str | None = None
    trust_traceparent: bool = Field(default=True, description="whether the traceparent header of callers is trusted")
    otel_sample_ratio: float = Field(default=1.0, ge=0, le=1)
    metrics_port: int | None = Field(default=None, description="serve /metrics here instead of on the service's port")
    metrics_host: str = Field(default="0.0.0.0", description="the address of METRICS_PORT")  # noqa: S104 - in a pod

    def dangers(self) -> Iterator[production.Danger]:
        """Yield the dangers: settings that are only suitable for development."""
        yield from self.own_dangers
        for setting, url, name in self.urls():
            yield from production.of_url(setting, url, name)
        if self.metrics_port is not None and not production.is_loopback(self.metrics_host):
            yield production.Danger(
                "open-metrics", "anyone who can reach METRICS_PORT can read the metrics; set METRICS_HOST=127.0.0.1."
            )

    def urls(self) -> Iterator[tuple[str, str, str]]:
        """Yield each URL that is set: its setting, its value, and the server's name in the names of dangers."""
        for field, value in self:
            if value is not None and (field.endswith("_url") or field in self.url_servers):
                name = self.url_servers.get(field, field.removesuffix("_url").replace("_", "-"))
                yield field.upper(), value.get_secret_value() if isinstance(value, SecretStr) else value, name
