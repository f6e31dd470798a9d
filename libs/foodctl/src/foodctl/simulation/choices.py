"""Where a history's randomness comes from: one seed, or a search that shrinks what fails."""

import random
from typing import Protocol


class Choices(Protocol):
    """Decides what happens next. Zero is always the plainest choice, so that a failure shrinks to a plain one."""

    def below(self, count: int) -> int:
        """Choose one of `count` numbers from zero."""
        ...


class Seeded:
    """The choices of one seed, the same each time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a replay must be predictable

    def below(self, count: int) -> int:
        """Choose one of `count` numbers from zero."""
        # Three times as fast as randrange, and its bias is far below one in a million.
        return int(self._random.random() * count)
