"""The plan of a run: faults with targets, times and durations, determined by a seed."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from devservers.errors import UsageError

_PAUSE = (2.0, 6.0)
_LENGTH = (2.0, 8.0)
# The load runs for a while before the first fault and after the last.
_LEAD = 5.0
# RabbitMQ 3.10 damages the logs of its queues when it starts or stops on a full disk: no other fault occurs then.
ALONE = "full-disk"
_RECOVERY = 15.0


@dataclass(frozen=True)
class Planned:
    """One fault: its kind, its target and its time in seconds since the beginning of the load."""

    kind: str
    target: str
    at: float
    seconds: float


def plan(targets: Mapping[str, Sequence[str]], seconds: float, seed: int) -> list[Planned]:
    """Distribute faults over a load of `seconds`, in random order; each kind occurs before any is repeated.

    Some overlap, except with a full disk.
    """
    chance = random.Random(seed)  # noqa: S311 - the plan must be reproducible
    planned: list[Planned] = []
    at, left = _LEAD, list[str]()
    while True:
        left = left or chance.sample(list(targets), len(targets))
        kind = left.pop()
        length = round(chance.uniform(*_LENGTH), 1)
        target = chance.choice(list(targets[kind]))
        if kind == ALONE:
            at = max([at, *(one.at + one.seconds + _PAUSE[0] for one in planned)])
        if at + length > seconds - _LEAD and planned:
            return planned
        planned.append(Planned(kind, target, round(at, 1), length))
        # The pause is shorter than most faults, so that some overlap.
        at += length + _RECOVERY if kind == ALONE else chance.uniform(*_PAUSE)


def chosen(wanted: Sequence[str], kinds: Iterable[str], scenarios: Iterable[str]) -> Sequence[str]:
    """Return the wanted kinds, or all, or one scenario. Raises UsageError for anything else."""
    kinds, scenarios = list(kinds), list(scenarios)
    if unknown := [one for one in wanted if one not in {*kinds, *scenarios}]:
        raise UsageError(f"there is no fault {unknown[0]}; there are {', '.join([*kinds, *scenarios])}")
    if len(wanted) > 1 and (alone := [one for one in wanted if one in scenarios]):
        raise UsageError(f"{alone[0]} is a run of its own; name it alone")
    return wanted or kinds
