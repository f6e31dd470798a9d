"""Many histories, on every core, and their planted bugs: how many, what they broke, how fast."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from foodlab.simulation.bugs import BUGS
from foodlab.simulation.history import SOUND, History
from foodlab.simulation.plan import Choices
from foodlab.simulation.services import Parts

SEEDS_OF_A_BUG, CHUNK, MOST_SHOWN = 1_000, 500, 20


def play(parts: Parts, seeds: range) -> dict[int, list[str]]:
    """Play a history for each seed, and return those that broke an invariant."""
    outcomes = ((seed, History(Choices(seed), parts).run()) for seed in seeds)
    return {seed: broken for seed, broken in outcomes if broken}


def show(seeds: range, tell: Callable[[str], None]) -> bool:
    """Print the history of each seed, step by step, and what it broke; False when it broke anything."""
    good = True
    for seed in seeds:
        tell(f"seed {seed}")
        broken = History(Choices(seed), SOUND, tell).run()
        tell(f"broken: {'; '.join(broken)}" if broken else "every invariant holds")
        good = good and not broken
    return good


def hunt(name: str, first: int = 0) -> int | None:
    """Return the first seed that shows a planted bug."""
    seeds = range(first, first + SEEDS_OF_A_BUG)
    return next((seed for seed in seeds if History(Choices(seed), BUGS[name]).run()), None)


def run(seeds: range, tell: Callable[[str], None]) -> bool:
    """Play every seed and hunt every planted bug, on all cores; False when anything was broken or a bug missed."""
    began, violations = time.perf_counter(), dict[int, list[str]]()
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    # Fresh processes: forking one with threads of its own may hang.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        found = pool.map(partial(hunt, first=seeds.start), BUGS)
        for broken in pool.map(partial(play, SOUND), chunks):
            violations |= broken
        missed = [name for name, seed in zip(BUGS, found, strict=True) if seed is None]
    for seed in sorted(violations)[:MOST_SHOWN]:
        tell(f"seed {seed}: {'; '.join(violations[seed])}")
    for name in missed:
        tell(f"not found: {name}")
    bugs = f"{len(BUGS) - len(missed)} of {len(BUGS)} planted bugs found"
    tell(f"{len(seeds):,} histories, {len(violations):,} violations, {bugs}, {time.perf_counter() - began:.1f} s")
    return not (violations or missed)
