"""Time-outs: each hop waits less long than its caller, and temporary errors have Retry-After."""

from collections.abc import Iterator
from importlib import import_module

import pytest

from api_gateway.settings import GatewaySettings
from foodchassis import ServiceSettings
from foodchassis.kernel import ServiceError
from foodctl import api
from foodctl.catalog import SERVICES
from payment_service.settings import PaymentSettings

PASSING = {429, 503, 504}


def default(kind: type[ServiceSettings], name: str) -> float:
    return float(kind.model_fields[name].default)


def refusals(kind: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    for one in kind.__subclasses__():
        yield one
        yield from refusals(one)


def test_each_hop_has_a_shorter_timeout_than_its_caller() -> None:
    gateway = default(GatewaySettings, "upstream_timeout")
    statement = default(ServiceSettings, "database_statement_timeout") / 1000

    assert api._SECONDS > gateway > statement
    assert statement > default(ServiceSettings, "database_lock_timeout") / 1000
    # Before its work a request waits for a connection; a refund waits for the provider after it.
    assert gateway > default(ServiceSettings, "database_pool_timeout")
    assert gateway > default(PaymentSettings, "provider_timeout")
    assert gateway > default(GatewaySettings, "upstream_connect_timeout")
    assert min(gateway, statement) > default(ServiceSettings, "redis_timeout")
    # Calls to a service that answers none of them fail sooner than one slow call.
    assert gateway > default(GatewaySettings, "stall_seconds")


@pytest.fixture(scope="module")
def passing() -> list[type[ServiceError]]:
    for service in SERVICES:
        import_module(f"{service.package}.main")
    return [kind for kind in refusals() if kind.status in PASSING]


def test_every_temporary_error_has_retry_after(passing: list[type[ServiceError]]) -> None:
    assert {kind.status for kind in passing} == PASSING
    assert [kind for kind in passing if not kind.retry_after] == []
