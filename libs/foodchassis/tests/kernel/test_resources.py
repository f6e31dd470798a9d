"""Resources are found by type, and a missing one names its setting."""

from typing import Protocol

import pytest

from foodchassis import Resources, ServiceSettings
from foodchassis.kernel.resources import NotOpenedError


class Clock(Protocol):
    def hour(self) -> int:
        """Return the hour."""


class Noon:
    def hour(self) -> int:
        return 12


class OwnSettings(ServiceSettings):
    service_name: str = "own"
    answer: int = 42


@pytest.fixture
def resources() -> Resources:
    return Resources(OwnSettings(_env_file=None))


def test_a_resource_is_found_by_its_own_type(resources: Resources) -> None:
    noon = resources.add(Noon())

    assert resources.get(Noon) is resources.find(Noon) is noon


def test_a_resource_is_found_by_the_type_it_was_added_as_and_no_other(resources: Resources) -> None:
    noon = resources.add(Noon(), Clock)

    assert resources.get(Clock) is noon
    assert resources.find(Noon) is None


def test_a_missing_resource_names_its_setting(resources: Resources) -> None:
    with pytest.raises(NotOpenedError, match="No Noon is open: set its URL, or open it"):
        resources.get(Noon)


def test_settings_are_found_as_the_services_and_as_any(resources: Resources) -> None:
    assert resources.get(OwnSettings).answer == 42
    assert resources.settings is resources.get(ServiceSettings) is resources.get(OwnSettings)


def test_a_new_service_does_not_drain(resources: Resources) -> None:
    assert resources.draining is False
