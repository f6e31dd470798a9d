"""Each public name is exported by the package or by one subpackage."""

from importlib import import_module
from itertools import combinations
from types import ModuleType

import pytest

ROOMS = ("kernel", "telemetry", "storage", "messaging", "web")
DOORS = [import_module("foodchassis"), *(import_module(f"foodchassis.{room}") for room in ROOMS)]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_each_package_exports_its_public_names(door: ModuleType) -> None:
    names = list(door.__all__)
    offered = {name for name, one in vars(door).items() if name[0] != "_" and not isinstance(one, ModuleType)}

    assert len(names) == len(set(names))
    assert offered - set(names) == set()
    assert [name for name in names if not hasattr(door, name)] == []


def test_no_name_is_exported_twice() -> None:
    twice = {(one.__name__, other.__name__): {*one.__all__} & {*other.__all__} for one, other in combinations(DOORS, 2)}

    assert {pair for pair, names in twice.items() if names} == set()
