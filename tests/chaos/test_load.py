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


async def test_so_many_orders_are_placed_and_more_while_something_goes_on() -> None:
    load = Counting("http://127.0.0.1:1", lambda: 0.0)
    await load.run(5, 1_000)
    assert load.placed == 5

    longer = Counting("http://127.0.0.1:1", lambda: 0.0)
    await longer.run(5, 1_000, lambda: longer.placed < 20)
    assert 20 <= longer.placed <= 21
