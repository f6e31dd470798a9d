"""Names that running services share never change."""

from importlib import import_module
from inspect import isclass

import pytest

from foodchassis import ServiceSettings
from foodctl.catalog import SERVICES, Service

WIRE = {"service_namespace": "foodapp", "auth_audience": "foodapp"}
MESSAGES = {"events_exchange": "food.events", "retry_prefix": "food.retry"}


def own_settings(package: str) -> type[ServiceSettings]:
    """Return the settings class of a service: the one that has a default for its name, and no subclass."""
    named = [
        one
        for one in vars(import_module(f"{package}.settings")).values()
        if isclass(one) and issubclass(one, ServiceSettings) and not one.model_fields["service_name"].is_required()
    ]
    return max(named, key=lambda one: len(one.mro()))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_service_uses_the_names_of_the_system(service: Service) -> None:
    settings = own_settings(service.package).model_fields
    expected = WIRE | MESSAGES if "rabbitmq" in service.needs else WIRE

    assert {name: settings[name].default for name in expected} == expected
