from dataclasses import dataclass

import httpx2
from typing_extensions import override

from foodlab.chaos.load import Load


@dataclass
class Counting(Load):
    placed: int = 0

    @override
    async def place(self, http: httpx2.AsyncClient, number: int) -> None:
        assert number == self.placed
        self.placed += 1


async def test_the_load_places_a_minimum_and_continues_during_faults() -> None:
    load = Counting("http://127.0.0.1:1", lambda: 0.0)
    await load.run(5, 1_000)
    assert load.placed == 5

    longer = Counting("http://127.0.0.1:1", lambda: 0.0)
    await longer.run(5, 1_000, lambda: longer.placed < 20)
    assert 20 <= longer.placed <= 21
