"""One city of each seed at a time: two would move the same couriers."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from devservers.state import State
from foodctl.errors import FoodctlError


@contextmanager
def only(state: State, seed: int) -> Iterator[None]:
    """Have a seed for ourselves while a block runs. Raises FoodctlError when another city has it."""
    with (state.folder / f"city-{seed}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FoodctlError(f"a city of seed {seed} is running here; end it, or choose another --seed") from None
        yield
