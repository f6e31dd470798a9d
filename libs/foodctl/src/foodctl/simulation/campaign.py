"""Many histories, on every core, and their planted bugs: how many, what they broke, how fast."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from typing_extensions import override

from foodctl.simulation.bugs import BUGS
from foodctl.simulation.choices import Seeded
from foodctl.simulation.history import SOUND, History
from foodctl.simulation.world import Parts

SEEDS_OF_A_BUG = 1_000
CHUNK = 500


@dataclass(frozen=True)
class Verdict:
    """What a campaign has found: violations by their seed, and the first seed that shows each planted bug."""

    histories: int
    violations: dict[int, list[str]]
    found: dict[str, int | None]
    seconds: float

    @property
    def good(self) -> bool:
        """Tell whether nothing was broken and every planted bug was found."""
        return not self.violations and not self.missed

    @property
    def missed(self) -> list[str]:
        """Name the planted bugs that no seed has shown."""
        return [name for name, seed in self.found.items() if seed is None]

    @override
    def __str__(self) -> str:
        found = len(self.found) - len(self.missed)
        return (
            f"{self.histories:,} histories, {len(self.violations):,} violations, "
            f"{found} of {len(self.found)} planted bugs found, {self.seconds:.1f} s"
        )


def play(parts: Parts, seeds: range) -> dict[int, list[str]]:
    """Play a history for each seed, and return those that broke an invariant."""
    outcomes = ((seed, History(Seeded(seed), parts).run()) for seed in seeds)
    return {seed: broken for seed, broken in outcomes if broken}


def show(seeds: range, tell: Callable[[str], None]) -> bool:
    """Tell the history of each seed, step by step, and what it broke; False when it broke anything."""
    good = True
    for seed in seeds:
        tell(f"seed {seed}")
        broken = History(Seeded(seed), SOUND, tell).run()
        tell(f"broken: {'; '.join(broken)}" if broken else "every invariant holds")
        good = good and not broken
    return good


def hunt(name: str, first: int = 0) -> int | None:
    """Return the first seed that shows a planted bug."""
    seeds = range(first, first + SEEDS_OF_A_BUG)
    return next((seed for seed in seeds if History(Seeded(seed), BUGS[name]).run()), None)


def run(histories: int, first: int = 0) -> Verdict:
    """Play histories from the seed `first` on, and hunt every planted bug, on all cores."""
    began = time.perf_counter()
    violations: dict[int, list[str]] = {}
    # Fresh processes: forking one with threads of its own may hang.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        found = pool.map(partial(hunt, first=first), BUGS)
        for broken in pool.map(partial(play, SOUND), _chunks(first, histories)):
            violations |= broken
        return Verdict(histories, violations, dict(zip(BUGS, found, strict=True)), time.perf_counter() - began)


def _chunks(first: int, histories: int) -> Iterator[range]:
    end = first + histories
    return (range(start, min(start + CHUNK, end)) for start in range(first, end, CHUNK))
