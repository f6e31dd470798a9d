from itertools import pairwise

import pytest

from devservers.errors import UsageError
from foodlab.chaos.faults import FAULTS, SCENARIOS
from foodlab.chaos.plan import ALONE, Planned, chosen, plan

KINDS = list(FAULTS)
TARGETS = {kind: fault.targets for kind, fault in FAULTS.items()}


def test_a_seed_determines_the_plan() -> None:
    assert plan(TARGETS, 500, 7) == plan(TARGETS, 500, 7)
    assert plan(TARGETS, 500, 7) != plan(TARGETS, 500, 8)


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_occurs_before_repeats_and_all_end_before_the_load(seed: int) -> None:
    planned = plan(TARGETS, 500, seed)

    assert {one.kind for one in planned[: len(KINDS)]} == set(KINDS)
    assert all(one.at + one.seconds <= 495 for one in planned)
    assert all(one.target in TARGETS[one.kind] for one in planned)


@pytest.mark.parametrize("seed", range(20))
def test_no_other_fault_occurs_while_the_disk_is_full(seed: int) -> None:
    planned = plan(TARGETS, 500, seed)

    for full in (one for one in planned if one.kind == ALONE):
        others = [one for one in planned if one.at < full.at + full.seconds and full.at < one.at + one.seconds]
        assert others == [full]


def test_some_faults_overlap() -> None:
    planned = plan(TARGETS, 500, 1)

    assert any(before.at + before.seconds > after.at for before, after in pairwise(planned))


def test_the_shortest_load_has_a_fault() -> None:
    assert plan({"kill": ["order-service"]}, 1, 0) == [Planned("kill", "order-service", 5.0, 6.5)]


def test_all_kinds_are_the_default() -> None:
    assert chosen([], KINDS, SCENARIOS) == KINDS
    assert chosen(["kill", "flush"], KINDS, SCENARIOS) == ["kill", "flush"]
    assert chosen(["broker"], KINDS, SCENARIOS) == ["broker"]
    with pytest.raises(UsageError, match="broker is a run of its own"):
        chosen(["kill", "broker"], KINDS, SCENARIOS)
    with pytest.raises(UsageError, match="there is no fault fire; there are kill, "):
        chosen(["fire"], KINDS, SCENARIOS)
