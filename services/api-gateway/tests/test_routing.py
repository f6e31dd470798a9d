import pytest
from pydantic import ValidationError

from api_gateway.routing import RoutingTable
from api_gateway.settings import DEFAULT_METRICS_PORT, GatewaySettings

USUAL = RoutingTable(GatewaySettings(_env_file=None).routes)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/users", "user"), ("/users/me/addresses", "user"), ("/auth/token", "user"),
        ("/.well-known/jwks.json", "user"),
        ("/restaurants", "menu"), ("/restaurants/1/menu", "menu"), ("/quotes", "order"),
        ("/orders/1/stream", "order"), ("/restaurants/1/stream", "order"), ("/restaurants/1/streams", "menu"),
        ("/restaurants/1/2/stream", "menu"), ("/restaurants/1/stream/x", "order"),
        ("/payments", "payment"), ("/settlements/1", "payment"), ("/drivers/me", "delivery"),
        ("/offers/1/accept", "delivery"),
        ("/deliveries/", "delivery"), ("/", None), ("/ordersx", None), ("/orders;x/1", None), ("/Orders", None),
        ("/x/orders", None), ("/openapi.json", None), ("/docs", None), ("/health/ready", None), ("/metrics", None),
    ],
)  # fmt: skip
def test_the_default_routing_table(path: str, service: str | None) -> None:
    assert USUAL.match(path.encode()) == service


def test_the_longest_prefix_wins() -> None:
    table = RoutingTable({"/v1": "old", "/v1/orders": "order", "/v1/orders/archive/": "archive"})

    assert table.match(b"/v1/users") == "old"
    assert table.match(b"/v1/orders/7") == "order"
    assert table.match(b"/v1/orders/archive/7") == "archive"
    assert table.match(b"/v1/orders/archives") == "order"
    assert table.match(b"/v2") is None


def test_no_routes_match_nothing() -> None:
    assert RoutingTable({}).match(b"/orders") is None


def test_a_route_needs_an_upstream() -> None:
    with pytest.raises(ValidationError, match="lacks: nobody"):
        GatewaySettings(_env_file=None, routes={"/x": "nobody"})


def test_keys_come_from_user_service_by_default() -> None:
    assert GatewaySettings(_env_file=None).auth_jwks_url == "http://127.0.0.1:8001/.well-known/jwks.json"
    assert GatewaySettings(_env_file=None, auth_jwks_url="http://x/keys").auth_jwks_url == "http://x/keys"
    assert GatewaySettings(_env_file=None, auth_jwks='{"keys": []}').auth_jwks_url is None


def test_metrics_are_not_on_the_public_port_in_prod() -> None:
    assert GatewaySettings(_env_file=None, environment="prod").metrics_port == DEFAULT_METRICS_PORT
    assert GatewaySettings(_env_file=None, environment="prod", metrics_port=9001).metrics_port == 9001
    assert GatewaySettings(_env_file=None).metrics_port is None


def test_deadlines_decrease_from_hop_to_hop() -> None:
    settings = GatewaySettings(_env_file=None)

    assert settings.upstream_connect_timeout < settings.upstream_timeout / 2
    assert settings.database_statement_timeout / 1000 < settings.upstream_timeout


def test_production_refuses_plain_connections_to_services() -> None:
    def dangers(url: str) -> list[str]:
        upstreams = {"order": f"http://127.0.0.1:8003,{url}"}
        settings = GatewaySettings(_env_file=None, auth_jwks="{}", upstreams=upstreams, routes={})
        return [one.name for one in settings.dangers()]

    assert dangers("http://order-service:8000") == ["plain-text-services"]
    assert dangers("https://order-service") == []
