from typing import Any

import pytest
from pydantic import SecretStr

from foodchassis import ServiceSettings, create_service
from foodchassis.kernel import Danger
from foodchassis.kernel.production import UnsafeProductionError

SAFE: dict[str, Any] = {
    "_env_file": None,
    "service_name": "test-service",
    "environment": "prod",
    "auth_issuer": "https://api.example.com",
    "auth_jwks_url": "https://api.example.com/keys",
    "database_url": SecretStr("postgresql://a:Fx83k@db.internal/a?sslmode=verify-full"),
    "redis_url": SecretStr("rediss://:Fx83k@redis.internal:6379/0"),
    "rabbitmq_url": SecretStr("amqps://a:Fx83k@rabbitmq.internal/"),
    "otel_exporter_otlp_endpoint": "https://otel.internal",
    "metrics_port": 9000,
    "metrics_host": "127.0.0.1",
}
UNSAFE: list[tuple[str, str, dict[str, Any]]] = [
    ("plain-text-database", "DATABASE_URL", {"database_url": SecretStr("postgresql://a:Fx83k@db.internal/a")}),
    ("plain-text-database", "DATABASE_URL", {"database_url": SecretStr("postgresql://a:x1@db/a?sslmode=prefer")}),
    ("plain-text-redis", "REDIS_URL", {"redis_url": SecretStr("redis://:Fx83k@redis.internal:6379/0")}),
    ("plain-text-rabbitmq", "RABBITMQ_URL", {"rabbitmq_url": SecretStr("amqp://a:Fx83k@rabbitmq.internal/")}),
    ("plain-text-clients", "AUTH_ISSUER", {"auth_issuer": "http://api.example.com"}),
    ("plain-text-services", "AUTH_JWKS_URL", {"auth_jwks_url": "http://user-service/keys"}),
    ("plain-text-services", "OTEL_EXPORTER_OTLP_ENDPOINT", {"otel_exporter_otlp_endpoint": "http://otel:4318"}),
    ("open-metrics", "METRICS_HOST", {"metrics_host": "0.0.0.0"}),
    ("development-secrets", "REDIS_URL", {"redis_url": SecretStr("rediss://:dev-only@redis.internal:6379/0")}),
    ("development-secrets", "RABBITMQ_URL", {"rabbitmq_url": SecretStr("amqps://guest:guest@rabbitmq.internal/")}),
]


@pytest.fixture(autouse=True)
def untraced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not set up the collector of these settings, which would affect all later tests."""
    monkeypatch.setattr("foodchassis.telemetry.tracing.set_up", lambda _: None)


def start(**settings: Any) -> None:
    create_service(ServiceSettings(**{**SAFE, **settings}))


def test_safe_settings_start() -> None:
    start()


@pytest.mark.parametrize(("name", "setting", "changed"), UNSAFE)
def test_production_refuses_a_danger(name: str, setting: str, changed: dict[str, Any]) -> None:
    with pytest.raises(UnsafeProductionError) as refused:
        start(**changed)

    assert f"- {name}: " in str(refused.value)
    assert setting in str(refused.value)
    assert f"ALLOWED_IN_PRODUCTION='[\"{name}\"]'" in str(refused.value)
    assert "Fx83k" not in str(refused.value)


@pytest.mark.parametrize(("name", "setting", "changed"), UNSAFE)
def test_an_allowed_danger_and_development_start(
    name: str, setting: str, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    start(**changed, environment="dev")
    monkeypatch.setenv("ALLOWED_IN_PRODUCTION", f'["{name}"]')
    start(**changed)


def test_every_setting_that_is_unsafe_in_the_same_way_is_named() -> None:
    with pytest.raises(UnsafeProductionError) as refused:
        start(
            redis_url=SecretStr("rediss://:dev-only@redis.internal/0"),
            rabbitmq_url=SecretStr("amqps://a:dev-only@rabbitmq.internal/"),
        )

    assert [line[:21] for line in str(refused.value).splitlines()].count("- development-secrets") == 2
    assert {"REDIS_URL", "RABBITMQ_URL"} <= set(str(refused.value).split())


def test_a_database_whose_host_is_in_the_query_is_not_on_this_machine() -> None:
    with pytest.raises(UnsafeProductionError, match="plain-text-database"):
        start(database_url=SecretStr("postgresql://a:Fx83k@/a?host=database.internal"))
    start(database_url=SecretStr("postgresql://a:Fx83k@/a?host=/run/postgresql"))


def test_each_danger_is_allowed_by_its_own_name() -> None:
    with pytest.raises(UnsafeProductionError, match="plain-text-redis"):
        start(**UNSAFE[2][2], allowed_in_production={"plain-text-database", "open-metrics"})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", ""])
def test_loopback_needs_no_encryption(host: str) -> None:
    start(database_url=SecretStr(f"postgresql://a:Fx83k@{host}/a"), redis_url=SecretStr(f"redis://:Fx83k@{host}/0"))


class Weather(ServiceSettings):
    rain_url: SecretStr | None = None
    rain_map_url: str | None = None


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("plain-text-rain", {"rain_url": SecretStr("smtp://a:Fx83k@rain.internal:25")}),
        ("plain-text-rain-map", {"rain_map_url": "http://map.internal"}),
        ("development-secrets", {"rain_url": SecretStr("smtps://a:guest@rain.internal")}),
    ],
)
def test_the_urls_of_a_services_own_settings_are_checked_too(name: str, changed: dict[str, Any]) -> None:
    with pytest.raises(UnsafeProductionError, match=f"- {name}: "):
        create_service(Weather(**SAFE, **changed))
    create_service(Weather(**SAFE, **changed, allowed_in_production={name}))


@pytest.mark.parametrize(
    "url", ["smtps://a:Fx83k@rain.internal", "smtp+starttls://a:Fx83k@rain", "smtp://127.0.0.1:25"]
)
def test_mail_servers_are_encrypted_or_on_loopback(url: str) -> None:
    create_service(Weather(**SAFE, rain_url=SecretStr(url)))


def test_a_service_adds_its_own_dangers() -> None:
    class Simulated(ServiceSettings):
        own_dangers = (Danger("simulated-rain", "no rain falls."),)

    with pytest.raises(UnsafeProductionError, match="simulated-rain: no rain falls"):
        create_service(Simulated(**SAFE))
    create_service(Simulated(**SAFE, allowed_in_production={"simulated-rain"}))
